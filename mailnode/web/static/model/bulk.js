/** What is done to everything in the list, also to what has never been fetched. */

import { signal } from '@preact/signals';
import { accepted } from '../lib/jmap/errors.js';
import { t } from '../lib/i18n.js';
import { complain, inverse } from './actions.js';
import { refresh, wanted } from './list.js';
import { refreshMailboxes } from './mailboxes.js';
import { jmap } from './session.js';
import { dismiss, toast } from './toasts.js';

/** @import { Email, Patch } from '../lib/jmap/types.js' */

/** How far it is, from 0 to 1; null when nothing is going on. @type {import('@preact/signals').Signal<number | null>} */
export const progress = signal(null);

let stopped = false;

/** Stop after what has been asked for. */
export const stop = () => { stopped = true; };

/** Begin something of which one sees how far it is; false if something else is going on. */
export function begin() {
  if (progress.peek() !== null) return false;
  stopped = false;
  progress.value = 0;
  return true;
}

/** Whether it goes on. */
export const going = () => !stopped;

/** It is over. */
export const over = () => { progress.value = null; };

/** Every email of the list, as it is now. @returns {Promise<Email[]>} */
async function everything() {
  const most = jmap().objects('Get');
  /** @type {Email[]} */
  const all = [];
  let anchor = null;
  for (;;) {
    const [queried, got] = await jmap().request([
      ['Email/query', {
        filter: wanted(), sort: [{ property: 'receivedAt', isAscending: false }], limit: most,
        ...(anchor ? { anchor, anchorOffset: 1 } : { position: 0 }),
      }],
      ['Email/get', { '#ids': { which: 0, path: '/ids' }, properties: ['id', 'mailboxIds', 'keywords'] }],
    ]);
    all.push(...got.list);
    anchor = queried.ids.at(-1);
    if (queried.ids.length < most || stopped) return all;
  }
}

/** @param {[string, Patch][]} changes */
async function send(changes) {
  const most = jmap().objects('Set');
  for (let start = 0; start < changes.length && !stopped; start += most) {
    const update = Object.fromEntries(changes.slice(start, start + most));
    accepted(await jmap().call('Email/set', { update }));
    progress.value = Math.min(1, (start + most) / changes.length);
  }
}

/** @param {[string, Patch][]} changes @param {() => void} done */
async function run(changes, done) {
  stopped = false;
  progress.value = 0;
  try {
    await send(changes);
    done();
  } catch (reason) {
    complain(reason);
  } finally {
    progress.value = null;
    await Promise.all([refresh(), refreshMailboxes()]).catch(complain);
  }
}

/**
 * Change everything that is listed, with a way back.
 * @param {(one: Email) => Patch} patchFor
 */
export async function changeEverything(patchFor) {
  stopped = false;
  progress.value = 0;
  try {
    const all = await everything();
    /** @type {[string, Patch][]} */
    const changes = all.map((one) => [one.id, patchFor(one)]);
    /** @type {[string, Patch][]} */
    const undoing = all.map((one) => [one.id, inverse(one, patchFor(one))]);
    await run(changes, () => {
      const shown = toast(t('did.everything', { n: all.length }), {
        label: t('undo'), shown: 20_000, action: () => { void run(undoing, () => dismiss(shown)); },
      });
    });
  } catch (reason) {
    progress.value = null;
    complain(reason);
  }
}

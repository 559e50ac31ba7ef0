/** Drafts: a letter that is kept on the server while it is written, as any client can open it. */

import { drafted } from '../lib/draft.js';
import { accepted } from '../lib/jmap/errors.js';
import { roleMailbox } from './actions.js';
import { jmap } from './session.js';

/** @import { Letter } from './letters.js' */

const PAUSE = 2000;
/** Milliseconds without a change after which a letter is kept. */

/** @type {WeakMap<Letter, number>} */
const timers = new WeakMap();
/** The keeping that goes on, so that there is one at a time. @type {WeakMap<Letter, Promise<void>>} */
const going = new WeakMap();

/** The letter has changed: keep it soon. @param {Letter} letter */
export function touched(letter) {
  letter.kept.value = 'changed';
  clearTimeout(timers.get(letter));
  timers.set(letter, setTimeout(() => void keep(letter), PAUSE));
}

/** Keep nothing that is still planned. @param {Letter} letter */
export const untouched = (letter) => clearTimeout(timers.get(letter));

/** Keep it now, after whatever is being kept. @param {Letter} letter @returns {Promise<void>} */
export function keep(letter) {
  untouched(letter);
  const before = going.get(letter) ?? Promise.resolve();
  const after = before.then(() => kept(letter));
  going.set(letter, after);
  return after;
}

/** Wait until nothing of it is being kept. @param {Letter} letter */
export async function settled(letter) {
  untouched(letter);
  await going.get(letter);
}

/** @param {Letter} letter */
async function kept(letter) {
  if (letter.kept.value !== 'changed' && letter.kept.value !== 'failed') return;
  letter.kept.value = 'saving';
  try {
    const drafts = await roleMailbox('drafts');
    const create = { draft: drafted(letter.written(), { [drafts]: true }, { $draft: true, $seen: true }) };
    const answer = await jmap().call('Email/set', {
      create, ...(letter.draft ? { destroy: [letter.draft] } : {}),
    });
    accepted({ notCreated: answer.notCreated });
    letter.draft = answer.created.draft.id;
    if (letter.kept.value === 'saving') letter.kept.value = 'saved';
  } catch {
    letter.kept.value = 'failed';
  }
}

/** Keep no draft of it any more. @param {Letter} letter */
export async function discard(letter) {
  await settled(letter);
  if (letter.draft) await jmap().call('Email/set', { destroy: [letter.draft] });
  letter.draft = '';
}

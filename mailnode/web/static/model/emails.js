/** The emails that the page knows, each a signal of its own, so that one change draws one row. */

import { signal } from '@preact/signals';
import { jmap } from './session.js';

/** @import { Email, Patch } from '../lib/jmap/types.js' */

const KNOWN = 5000;
/** Emails remembered; the oldest that nobody looks at are forgotten beyond it. */

/** What a row of the list shows. */
export const ROW = [
  'id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt',
  'from', 'to', 'subject', 'preview', 'hasAttachment',
];

/** @type {Map<string, import('@preact/signals').Signal<Email | null>>} */
const known = new Map();

/**
 * The signal of an email; its value is null as long as nothing is known of it.
 * @param {string} id
 */
export function email(id) {
  let found = known.get(id);
  if (!found) {
    found = signal(/** @type {Email | null} */ (null));
    known.set(id, found);
  }
  return found;
}

/** Emails that are not forgotten, because they are being read. @type {Set<string>} */
let held = new Set();

/** Hold on to these, and no longer to others. @param {string[]} ids */
export const hold = (ids) => { held = new Set(ids); };

/** What is known of an email now, without being told when it changes. @param {string} id */
export const peek = (id) => known.get(id)?.peek() ?? null;

/** Learn what the server says. @param {Email[]} list */
export function learn(list) {
  for (const each of list) {
    const found = email(each.id);
    const before = found.peek();
    const after = { ...before, ...each };
    if (!before || differs(before, each)) found.value = after;
    known.delete(each.id); // So that it is the youngest again.
    known.set(each.id, found);
  }
  for (const id of known.keys()) {
    if (known.size <= KNOWN) break;
    if (!held.has(id)) known.delete(id);
  }
}

/** @param {Record<string, any>} before @param {Record<string, any>} after */
const differs = (before, after) => Object.keys(after)
  .some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));

/** Which of these are known. @param {string[]} ids */
export const recalled = (ids) => ids.filter((id) => peek(id));

/** Fetch anew what may have changed of these. @param {string[]} ids */
export async function refreshEmails(ids) {
  const wanted = recalled(ids);
  const most = jmap().objects('Get');
  for (let start = 0; start < wanted.length; start += most) {
    const { list } = await jmap().call('Email/get', {
      ids: wanted.slice(start, start + most),
      properties: ['id', 'mailboxIds', 'keywords'],
    });
    learn(list);
  }
}

/** Whether it has a keyword. @param {Email | null | undefined} one @param {string} keyword */
export const has = (one, keyword) => Boolean(one?.keywords[keyword]);

/**
 * Change what is known at once, before the server has said yes.
 * @param {string} id @param {Patch} patch of keywords and mailboxIds
 */
export function foresee(id, patch) {
  const before = peek(id);
  if (before) email(id).value = patched(before, patch);
}

/**
 * An email with a patch applied (RFC 8620, 5.3), as far as we use it.
 * @param {Email} one @param {Patch} patch
 * @returns {Email}
 */
export function patched(one, patch) {
  const after = { ...one, keywords: { ...one.keywords }, mailboxIds: { ...one.mailboxIds } };
  for (const [path, value] of Object.entries(patch)) {
    const [name = '', key] = path.split('/');
    if (name !== 'keywords' && name !== 'mailboxIds') continue;
    if (key === undefined) after[name] = { ...value };
    else if (value) after[name][key] = true;
    else delete after[name][key];
  }
  return after;
}

/** Whom the emails known are from, those seen last first. @returns {import('../lib/jmap/types.js').Address[]} */
export const correspondents = () => [...known.values()].reverse().slice(0, 500)
  .flatMap((each) => each.peek()?.from ?? []);

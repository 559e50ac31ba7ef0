/** Which emails belong to which conversation. */

import { signal } from '@preact/signals';
import { email } from './emails.js';

/** @import { Email } from '../lib/jmap/types.js' */

const KNOWN = 3000;
/** Conversations remembered; the oldest are forgotten beyond it. */

/** @type {Map<string, import('@preact/signals').Signal<string[]>>} */
const known = new Map();

/** The ids of a conversation, oldest first; empty if nothing is known. @param {string} id */
export function thread(id) {
  let found = known.get(id);
  if (!found) {
    found = signal(/** @type {string[]} */ ([]));
    known.set(id, found);
  }
  return found;
}

/** Whether anything is known of a conversation. @param {string} id */
export const knows = (id) => Boolean(known.get(id)?.peek().length);

/** @param {{id: string, emailIds: string[]}[]} list */
export function learnThreads(list) {
  for (const { id, emailIds } of list) {
    const found = thread(id);
    if (found.peek().join() !== emailIds.join()) found.value = emailIds;
  }
  for (const id of known.keys()) {
    if (known.size <= KNOWN) break;
    known.delete(id);
  }
}

/** The emails of a conversation that are known, oldest first. @param {string} id @returns {Email[]} */
export const emailsOf = (id) => thread(id).value
  .map((each) => email(each).value).filter((each) => each !== null);

export const forget = () => known.clear();

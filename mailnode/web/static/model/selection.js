/** Which rows are chosen, which one has the focus, and what acting on them means. */

import { computed, effect, signal } from '@preact/signals';
import { email } from './emails.js';
import { collapsed, ids, place } from './list.js';
import { roles } from './mailboxes.js';
import { route } from './route.js';
import { emailsOf } from './threads.js';

/** @import { Email } from '../lib/jmap/types.js' */

/** Ids of chosen rows. @type {import('@preact/signals').Signal<Set<string>>} */
export const chosen = signal(new Set());

/** The row that the keyboard is at. */
export const focus = signal(0);

/** Whether one sees which row the keyboard is at; nothing is done to a row that one does not. */
export const pointed = signal(false);

/** The list that was last seen here, and the row in it that the keyboard is at. */
let held = { list: ids.peek(), id: ids.peek()[0] };

/** Rows that come and go do not move the keyboard from the row it is at. */
effect(() => {
  const list = ids.value;
  const at = list[focus.value];
  const moved = pointed.peek() && list !== held.list && held.id !== undefined && at !== held.id;
  const now = moved ? list.indexOf(held.id) : -1;
  held = { list, id: now < 0 ? at : held.id };
  if (now >= 0) focus.value = now;
});

/** The row at which a range begins that is chosen with Shift. */
let anchor = '';

/** Whether everything in the list is meant, also rows that were never fetched. */
export const everything = signal(false);

export const clearChosen = () => {
  if (chosen.value.size) chosen.value = new Set();
  everything.value = false;
};

/** Choose a row, or no longer. @param {number} index @param {{range?: boolean}} [how] */
export function choose(index, { range = false } = {}) {
  const next = new Set(chosen.value);
  const id = ids.value[index];
  if (!id) return;
  everything.value = false;
  if (range) {
    const begun = ids.value.indexOf(anchor);
    const ends = [begun < 0 ? index : begun, index];
    for (const each of ids.value.slice(Math.min(...ends), Math.max(...ends) + 1)) if (each) next.add(each);
  } else if (!next.delete(id)) next.add(id);
  anchor = id;
  chosen.value = next;
}

/** Choose all rows that are there. */
export function chooseAll() {
  chosen.value = new Set(ids.value.filter((id) => id !== undefined));
}

/** The rows that an action is about: the chosen, else the open conversation, else the focus. */
export const rows = computed(() => {
  if (chosen.value.size) return ids.value.filter((id) => id !== undefined && chosen.value.has(id));
  const { thread } = route.value;
  if (thread) {
    const row = ids.value.find((id) => id !== undefined && email(id).value?.threadId === thread);
    return row ? [row] : [];
  }
  const id = pointed.value ? ids.value[focus.value] : undefined;
  return id ? [id] : [];
});

/**
 * The emails behind rows: of a conversation those that lie in the mailbox shown;
 * of one that was searched for, all that are neither sent nor thrown away.
 * @param {readonly (string | undefined)[]} those
 * @returns {Email[]}
 */
export function behind(those) {
  return those.flatMap((id) => {
    const one = id === undefined ? null : email(id).value;
    if (!one) return [];
    if (!collapsed.value) return [one];
    const inside = emailsOf(one.threadId).filter(belongs);
    return inside.length ? inside : [one];
  });
}

/** @param {Email} one */
function belongs(one) {
  if (place.value) return Boolean(one.mailboxIds[place.value]);
  const apart = ['sent', 'drafts', 'trash', 'junk'].map((role) => roles.value.get(role)?.id ?? '');
  return Object.keys(one.mailboxIds).some((id) => !apart.includes(id));
}

/** What acting means when a conversation is open that is not in the list. */
export const concerned = computed(() => {
  const found = behind(rows.value);
  if (found.length) return found;
  return emailsOf(route.value.thread).filter(belongs);
});

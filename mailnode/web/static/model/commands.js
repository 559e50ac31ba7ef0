/** What the buttons and keys do: to the rows that are chosen, or to what is open. */

import { t } from '../lib/i18n.js';
import * as actions from './actions.js';
import { ask } from './asking.js';
import { changeEverything } from './bulk.js';
import { answering } from './conversation.js';
import { openCompose } from './compose.js';
import { columns } from './layout.js';
import { collapsed, ids, look, place, quick, rowOf, total } from './list.js';
import { mailboxes, roles } from './mailboxes.js';
import { email, has } from './emails.js';
import { go, route } from './route.js';
import { clearChosen, concerned, everything, focus, pointed, rows } from './selection.js';
import { empty } from './whole.js';

/** @import { Email, Patch } from '../lib/jmap/types.js' */

/** Open what a row stands for. @param {number} index */
export function openRow(index) {
  const id = ids.value[index];
  const one = id === undefined ? null : email(id).value;
  if (!one) return;
  focus.value = index;
  pointed.value = true;
  const draft = has(one, '$draft') && one.mailboxIds[roles.value.get('drafts')?.id ?? ''];
  if (draft) {
    openCompose({ mode: 'draft', email: one });
    return;
  }
  const { mailbox, search, thread } = route.value;
  const message = collapsed.value ? '' : one.id;
  go({ mailbox: mailbox || place.value, search, thread: one.threadId, message }, { instead: Boolean(thread) && columns.value });
}

/** Back to the list. */
export function closeConversation() {
  const { mailbox, search } = route.value;
  go({ mailbox: mailbox || place.value, search });
}

/** Go to the next row or the one before; a conversation that is open gives way. @param {number} delta */
export function step(delta) {
  const { thread } = route.value;
  // The open one may have left the list, because it is read now: the next is where it was.
  const left = delta > 0 && thread && rowOf(thread) < 0;
  const from = pointed.value && !left ? focus.value + delta : focus.value;
  const next = Math.max(0, Math.min(total.value - 1, from));
  pointed.value = total.value > 0;
  focus.value = next;
  look(next, next + 1);
  if (thread) openRow(next);
}

/**
 * Do something after which rows are gone, and go on with the next one.
 * @param {(where: {from: string, rows: string[]}) => Promise<void>} act
 */
function leaving(act) {
  const going = /** @type {string[]} */ (rows.value.slice());
  if (!going.length && !concerned.value.length) return;
  const { thread } = route.value;
  const at = ids.value.findIndex((id) => id !== undefined && going.includes(id));
  const open = thread && (going.some((id) => email(id).value?.threadId === thread) || !going.length);
  const focused = focus.value;
  void act({ from: place.value, rows: going });
  clearChosen();
  if (at >= 0) focus.value = Math.max(0, Math.min(total.value - 1, at < focused ? focused - going.length + 1 : at));
  if (!open) return;
  if (columns.value && total.value && going.length) openRow(focus.value);
  else closeConversation();
}

/**
 * Do it to everything, if everything is chosen.
 * @param {(one: Email) => Patch} patchFor
 */
function all(patchFor) {
  if (!everything.value) return false;
  clearChosen();
  void changeEverything(patchFor);
  return true;
}

/** Move everything, if everything is chosen. @param {string} to */
const allTo = (to) => all(() => ({ mailboxIds: { [to]: true } }));

export async function archive() {
  if (everything.value) allTo(await actions.roleMailbox('archive'));
  else leaving((where) => actions.archive(concerned.value, where));
}

/** Spam, or in the mailbox of spam: none. */
export async function junk() {
  const none = place.value && place.value === roles.value.get('junk')?.id;
  if (everything.value) allTo(await actions.roleMailbox(none ? 'inbox' : 'junk'));
  else leaving((where) => actions[none ? 'notJunk' : 'junk'](concerned.value, where));
}

/** Into the trash; what is there already is destroyed, if that is what is wanted. */
export async function trash() {
  const here = mailboxes.value.get(place.value);
  if (everything.value && here?.role === 'trash' && !quick.value.length) void empty(here);
  else if (everything.value && place.value !== roles.value.get('trash')?.id) {
    allTo(await actions.roleMailbox('trash'));
  } else if (place.value && place.value === roles.value.get('trash')?.id) {
    const those = concerned.value.map(({ id }) => id);
    if (!those.length) return;
    ask({
      title: t('destroy'),
      text: t('destroy.ask', { n: those.length }),
      label: t('destroy'),
      act: () => leaving((where) => actions.destroy(those, where.rows)),
    });
  } else leaving((where) => actions.trash(concerned.value, where));
}

/** @param {string} to id of a mailbox */
export function moveTo(to) {
  if (to === place.value || allTo(to)) return;
  leaving((where) => actions.move(concerned.value, to, where));
}

/** Starred if none is, else not. */
export function toggleStar() {
  const those = concerned.value;
  if (!those.length || all(() => ({ 'keywords/$flagged': true }))) return;
  const starred = those.filter((one) => has(one, '$flagged'));
  if (starred.length) void actions.star(starred, false);
  else void actions.star(collapsed.value && rows.value.length === 1 ? those.slice(-1) : those, true);
}

/** Whether what is concerned is all read. */
export const allRead = () => concerned.value.every((one) => has(one, '$seen'));

/** Read, or unread again, which closes the conversation so that it stays so. */
export function toggleRead() {
  const those = concerned.value;
  const read = !allRead();
  if (all(() => ({ 'keywords/$seen': read || null }))) return;
  void actions.markRead(read || !collapsed.value ? those : those.slice(-1), read);
  if (!read && route.value.thread) closeConversation();
  clearChosen();
}

/** Answer what is open. @param {'reply' | 'replyAll' | 'forward'} mode */
export function answer(mode) {
  const one = answering.value;
  if (one) openCompose({ mode, email: one });
}

/** Go to a mailbox by its role. @param {string} role */
export function goTo(role) {
  const found = roles.value.get(role);
  if (found) go({ mailbox: found.id });
}

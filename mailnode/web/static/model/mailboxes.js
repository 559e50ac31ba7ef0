/** The mailboxes of the account: what they are called and how much is in them. */

import { computed, signal } from '@preact/signals';
import { branches } from '../lib/tree.js';
import { accepted } from '../lib/jmap/errors.js';
import { t } from '../lib/i18n.js';
import { jmap } from './session.js';
import { prefer, preferences } from './preferences.js';

/** @import { Mailbox } from '../lib/jmap/types.js' */

/** By id. @type {import('@preact/signals').Signal<Map<string, Mailbox>>} */
export const mailboxes = signal(new Map());

/** By role: `inbox`, `sent`, … @type {import('@preact/signals').ReadonlySignal<Map<string, Mailbox>>} */
export const roles = computed(() => new Map(
  [...mailboxes.value.values()].filter(({ role }) => role)
    .map((mailbox) => [/** @type {string} */ (mailbox.role), mailbox]),
));

/** The tree as it is shown. */
export const tree = computed(() => {
  const folded = new Set(preferences.value.folded);
  return branches(mailboxes.value.values(), (id) => folded.has(id));
});

/** Fetch all of them. */
export async function refreshMailboxes() {
  const { list } = await jmap().call('Mailbox/get', { ids: null });
  mailboxes.value = new Map(list.map((/** @type {Mailbox} */ each) => [each.id, each]));
}

/** What a mailbox is called here: those with a role in the reader's language. @param {Mailbox | undefined} mailbox */
export function title(mailbox) {
  if (!mailbox) return '';
  const role = mailbox.role ? t(`role.${mailbox.role}`) : '';
  return role && !role.startsWith('role.') ? role : mailbox.name;
}

/** The number beside its name; drafts count all of theirs. @param {Mailbox} mailbox */
export function count(mailbox) {
  if (mailbox.role === 'drafts') return mailbox.totalEmails;
  if (mailbox.role === 'sent' || mailbox.role === 'trash') return 0;
  return preferences.value.threads ? mailbox.unreadThreads : mailbox.unreadEmails;
}

/** Show or hide what is below. @param {string} id */
export function fold(id) {
  const folded = preferences.value.folded;
  prefer({ folded: folded.includes(id) ? folded.filter((each) => each !== id) : [...folded, id] });
}

/**
 * Make a mailbox, which is subscribed so that IMAP clients show it too.
 * @param {string} name @param {string | null} parentId
 * @returns {Promise<string>} its id
 */
export async function createMailbox(name, parentId) {
  const create = { made: { name, parentId, isSubscribed: true } };
  const answer = accepted(await jmap().call('Mailbox/set', { create }));
  await refreshMailboxes();
  return answer.created.made.id;
}

/**
 * Rename it, or move it below another.
 * @param {string} id @param {{name?: string, parentId?: string | null}} change
 */
export async function changeMailbox(id, change) {
  const before = mailboxes.value;
  const mailbox = before.get(id);
  if (mailbox) mailboxes.value = new Map(before).set(id, { ...mailbox, ...change });
  try {
    accepted(await jmap().call('Mailbox/set', { update: { [id]: change } }));
  } catch (reason) {
    mailboxes.value = before;
    throw reason;
  }
}

/** Delete it with what is in it. @param {string} id */
export async function destroyMailbox(id) {
  accepted(await jmap().call('Mailbox/set', { destroy: [id], onDestroyRemoveEmails: true }));
  await refreshMailboxes();
}

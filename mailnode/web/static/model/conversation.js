/** The conversation that is open, and what is unfolded in it. */

import { batch, computed, effect, signal } from '@preact/signals';
import { back } from '../lib/jmap/client.js';
import { has, hold, learn, ROW, email } from './emails.js';
import { complain, markRead } from './actions.js';
import { roles } from './mailboxes.js';
import { route } from './route.js';
import { client, jmap } from './session.js';
import { emailsOf, learnThreads, thread } from './threads.js';

/** @import { Email } from '../lib/jmap/types.js' */

/** What is shown of a message that is unfolded. */
export const WHOLE = [
  ...ROW, 'sentAt', 'cc', 'bcc', 'replyTo', 'sender', 'messageId', 'references', 'attachments',
  'header:List-Unsubscribe:asURLs',
];
const PART = ['partId', 'blobId', 'size', 'name', 'type', 'disposition', 'cid'];

/** Ids of messages that are unfolded. @type {import('@preact/signals').Signal<Set<string>>} */
export const unfolded = signal(new Set());

/** Whether the conversation has been fetched. */
export const ready = signal(false);

/** The messages to show, oldest first. @type {import('@preact/signals').ReadonlySignal<Email[]>} */
export const messages = computed(() => {
  const { thread: id, message } = route.value;
  const all = emailsOf(id).filter((one) => 'attachments' in one);
  if (message) return all.filter((one) => one.id === message);
  const junk = new Set([roles.value.get('trash')?.id, roles.value.get('junk')?.id]);
  const apart = all.filter((one) => !Object.keys(one.mailboxIds).every((id) => junk.has(id)));
  return apart.length ? apart : all; // Trash shows only where there is nothing else.
});

/** Fetch a conversation whole. @param {string} id */
async function fetchThread(id) {
  const [threads, got] = await jmap().request([
    ['Thread/get', { ids: [id] }],
    ['Email/get', { '#ids': back(0, '/list/*/emailIds'), properties: WHOLE, bodyProperties: PART }],
  ]);
  batch(() => {
    learn(got.list);
    learnThreads(threads.list);
  });
  hold(thread(id).peek());
  return messages.peek();
}

/** Which messages are unfolded at first: what is unread, and the newest. @param {Email[]} all */
function firstUnfolded(all) {
  const fresh = all.filter((one) => !has(one, '$seen') && !has(one, '$draft'));
  const newest = all.findLast((one) => !has(one, '$draft')) ?? all.at(-1);
  return new Set([...fresh, ...(newest ? [newest] : [])].map(({ id }) => id));
}

let opened = '';
let shown = '/';

/** Open a conversation: unfold what is new, and note that it is read. @param {string} id */
async function open(id) {
  opened = id;
  batch(() => {
    ready.value = false;
    unfolded.value = new Set();
  });
  if (!id) return;
  try {
    const all = await fetchThread(id);
    if (opened !== id) return;
    batch(() => {
      unfolded.value = firstUnfolded(all);
      ready.value = true;
    });
    await noteRead(all);
  } catch (reason) {
    if (opened === id) ready.value = true;
    complain(reason);
  }
}

/** @param {Email[]} all */
async function noteRead(all) {
  const fresh = all.filter(({ id }) => unfolded.peek().has(id) && !has(email(id).peek(), '$seen'));
  if (fresh.length) await markRead(fresh, true);
}

effect(() => {
  const { thread: id, message } = route.value;
  const whole = `${id}/${message}`;
  if (client.value && whole !== shown) {
    shown = whole;
    void open(id);
  }
});

/** Something in it may have changed, or a message been added. */
export async function refreshConversation() {
  const id = opened;
  if (!id || !ready.peek()) return;
  const before = new Set(thread(id).peek());
  const all = await fetchThread(id);
  if (opened !== id) return;
  const added = all.filter((one) => !before.has(one.id));
  if (!added.length) return;
  unfolded.value = new Set([...unfolded.peek(), ...added.map((one) => one.id)]);
  if (document.visibilityState === 'visible') await noteRead(added);
}

/** Unfold a message or fold it. @param {Email} one */
export function toggle(one) {
  const next = new Set(unfolded.value);
  if (!next.delete(one.id)) next.add(one.id);
  unfolded.value = next;
  if (next.has(one.id)) void noteRead([one]);
}

/** Unfold all. */
export const unfoldAll = () => {
  unfolded.value = new Set(messages.value.map(({ id }) => id));
  void noteRead(messages.value);
};

/** The message that answering means: the newest that is unfolded and no draft. */
export const answering = computed(() => messages.value
  .findLast((one) => !has(one, '$draft') && unfolded.value.has(one.id)) ?? messages.value.at(-1) ?? null);

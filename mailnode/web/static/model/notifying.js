/** Telling of new mail to who is looking elsewhere: only on the devices where somebody asked for it. */

import { signal } from '@preact/signals';
import { t } from '../lib/i18n.js';
import { called } from '../lib/people.js';
import { has } from './emails.js';
import { roles } from './mailboxes.js';
import { go } from './route.js';

/** @import { Email } from '../lib/jmap/types.js' */

const KEY = 'mailnode.notify';
const FEW = 3;
/** Letters that are told of one by one. */
const NEW = 10 * 60_000;
/** Milliseconds after which a letter is not news, such as one that was only moved. */

/** Whether this browser can tell at all. */
export const able = 'Notification' in globalThis;

function kept() {
  try {
    return localStorage.getItem(KEY) === 'yes';
  } catch {
    return false;
  }
}

/** Whether it shall. */
export const notifying = signal(able && Notification.permission === 'granted' && kept());

/** Begin to tell of new mail, or end it. @returns {Promise<boolean>} whether the browser lets us */
export async function toggleNotifying() {
  const wanted = !notifying.peek();
  const allowed = !wanted || await Notification.requestPermission() === 'granted';
  notifying.value = wanted && allowed;
  try {
    localStorage.setItem(KEY, notifying.value ? 'yes' : 'no');
  } catch {
    // Then it lasts as long as the page.
  }
  return allowed;
}

/** @param {string} title @param {string} body @param {string} tag @param {() => void} open */
function show(title, body, tag, open) {
  const icon = document.querySelector('link[rel=icon]')?.getAttribute('href') ?? undefined;
  const shown = new Notification(title, { body, tag, icon });
  shown.onclick = () => {
    globalThis.focus();
    open();
    shown.close();
  };
}

/** Mail has come in. @param {Email[]} list */
export function arrivals(list) {
  const inbox = roles.peek().get('inbox')?.id ?? '';
  const news = list.filter((one) => one.mailboxIds[inbox] && !has(one, '$seen') && Date.now() - Date.parse(one.receivedAt) < NEW);
  if (!news.length || !notifying.peek() || document.hasFocus()) return;
  if (news.length > FEW) {
    show(t('list.fresh', { n: news.length }), t('role.inbox'), 'many', () => go({ mailbox: inbox }));
    return;
  }
  for (const one of news) {
    const [from] = one.from ?? [];
    const text = `${one.subject || t('noSubject')}\n${(one.preview ?? '').slice(0, 120)}`;
    show(from ? called(from) : t('nobody'), text, one.id, () => go({ mailbox: inbox, thread: one.threadId }));
  }
}

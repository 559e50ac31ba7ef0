/** What the page does when the server has news (RFC 8620, 5.2). */

import { back } from '../lib/jmap/client.js';
import { MethodRefused, Unreachable } from '../lib/jmap/errors.js';
import { complain, heard } from './actions.js';
import { refreshConversation } from './conversation.js';
import { learn, peek, refreshEmails, ROW } from './emails.js';
import { refresh } from './list.js';
import { refreshMailboxes } from './mailboxes.js';
import { arrivals } from './notifying.js';
import { onNews } from './push.js';
import { jmap } from './session.js';
import { knows, learnThreads } from './threads.js';

const MOST = 500;
/** Changes asked for at once; with more it is cheaper to look at everything anew. */

const FEW = 50;
/** Emails that came or went, up to which their conversations are looked at. */

let since = '';

/**
 * Conversations that are shown may have got longer, or shorter.
 * @param {string[]} created @param {string[]} destroyed
 */
async function catchUpThreads(created, destroyed) {
  const changed = new Set(destroyed.slice(0, FEW).map((id) => peek(id)?.threadId).filter((id) => id && knows(id)));
  if (created.length) {
    const { list } = await jmap().call('Email/get', { ids: created.slice(-FEW), properties: ROW });
    learn(list);
    arrivals(list);
    for (const { threadId } of list) if (knows(threadId)) changed.add(threadId);
  }
  if (!changed.size) return;
  const [threads, others] = await jmap().attempt([
    ['Thread/get', { ids: [...changed] }],
    ['Email/get', { '#ids': back(0, '/list/*/emailIds'), properties: ROW }],
  ]);
  if (!(others instanceof MethodRefused)) learn(others.list);
  if (!(threads instanceof MethodRefused)) learnThreads(threads.list);
}

/** Learn what became of the emails that are known. */
async function catchUpEmails() {
  if (!since) {
    since = (await jmap().call('Email/get', { ids: [] })).state;
    return;
  }
  const answer = await jmap().call('Email/changes', { sinceState: since, maxChanges: MOST });
  since = answer.newState;
  await Promise.all([refreshEmails(answer.updated), catchUpThreads(answer.created, answer.destroyed)]);
  if (answer.hasMoreChanges) await catchUpEmails();
}

async function emailNews() {
  try {
    await heard();
    await catchUpEmails().catch((reason) => {
      if (!(reason instanceof MethodRefused)) throw reason;
      since = ''; // Too long ago (RFC 8620, 5.2): what is shown is fetched anew below.
    });
    await Promise.all([refresh(), refreshConversation()]);
  } catch (reason) {
    if (!(reason instanceof Unreachable)) complain(reason);
  }
}

function mailboxNews() {
  refreshMailboxes().catch((reason) => {
    if (!(reason instanceof Unreachable)) complain(reason);
  });
}

/** Follow the news until the returned function is called. */
export function follow() {
  since = '';
  catchUpEmails().catch(() => {}); // The list says itself when nothing can be reached.
  const ending = [onNews('Email', emailNews), onNews('Mailbox', mailboxNews)];
  return () => { for (const end of ending) end(); };
}

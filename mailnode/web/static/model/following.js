/** What the page does when the server has news (RFC 8620, 5.2). */

import { MethodRefused, Unreachable } from '../lib/jmap/errors.js';
import { complain } from './actions.js';
import { refreshConversation } from './conversation.js';
import { refreshEmails } from './emails.js';
import { refresh } from './list.js';
import { refreshMailboxes } from './mailboxes.js';
import { onNews } from './push.js';
import { jmap } from './session.js';

const MOST = 500;
/** Changes asked for at once; with more it is cheaper to look at everything anew. */

let since = '';

/** Learn what became of the emails that are known. */
async function catchUpEmails() {
  if (!since) {
    since = (await jmap().call('Email/get', { ids: [] })).state;
    return;
  }
  const answer = await jmap().call('Email/changes', { sinceState: since, maxChanges: MOST });
  since = answer.newState;
  await refreshEmails(answer.updated);
  if (answer.hasMoreChanges) await catchUpEmails();
}

async function emailNews() {
  try {
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

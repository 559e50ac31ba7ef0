/** What is done to a whole mailbox, whoever looks at it: emptying it, and noting that all is read. */

import { back } from '../lib/jmap/client.js';
import { accepted } from '../lib/jmap/errors.js';
import { t } from '../lib/i18n.js';
import { complain } from './actions.js';
import { ask } from './asking.js';
import { begin, going, over, progress } from './bulk.js';
import { refresh } from './list.js';
import { refreshMailboxes, title } from './mailboxes.js';
import { jmap } from './session.js';
import { toast } from './toasts.js';

/** @import { Email, Mailbox, Patch } from '../lib/jmap/types.js' */

/** @typedef {{update?: Record<string, Patch>, destroy?: string[]}} Set */

/** How many emails a filter finds now. @param {object} filter @returns {Promise<number>} */
async function counted(filter) {
  const { total } = await jmap().call('Email/query', { filter, limit: 1, calculateTotal: true });
  return total;
}

/** What was refused only because somebody else was quicker is done. @param {any} answer */
function settled(answer) {
  const known = (/** @type {Record<string, {type: string}> | null} */ refused) =>
    Object.fromEntries(Object.entries(refused ?? {}).filter(([, { type }]) => type !== 'notFound'));
  accepted({ ...answer, notUpdated: known(answer.notUpdated), notDestroyed: known(answer.notDestroyed) });
}

/**
 * Do something to all that a filter finds, until it finds nothing more; each part must go
 * from what is found, else we would never be done.
 * @param {object} filter @param {number} total @param {(some: Email[]) => Set} change
 * @returns {Promise<string[]>} ids of those it was done to
 */
async function throughout(filter, total, change) {
  const limit = Math.min(jmap().objects('Get'), jmap().objects('Set'));
  /** @type {string[]} */
  const done = [];
  const seen = new Set();
  while (going()) {
    const [, got] = await jmap().request([
      ['Email/query', { filter, limit }],
      ['Email/get', { '#ids': back(0, '/ids'), properties: ['id', 'mailboxIds', 'keywords'] }],
    ]);
    /** @type {Email[]} */
    const some = got.list.filter((/** @type {Email} */ { id }) => !seen.has(id));
    if (!some.length) break;
    for (const { id } of some) seen.add(id);
    settled(await jmap().call('Email/set', change(some)));
    done.push(...some.map(({ id }) => id));
    progress.value = Math.min(1, done.length / Math.max(1, total));
  }
  return done;
}

/** @param {() => Promise<void>} work */
async function run(work) {
  if (!begin()) return;
  try {
    await work();
  } catch (reason) {
    complain(reason);
  } finally {
    over();
    await Promise.all([refresh(), refreshMailboxes()]).catch(complain);
  }
}

/** What is also in another mailbox only leaves this one. @param {string} id of the mailbox */
const leaving = (id) => (/** @type {Email[]} */ some) => {
  const elsewhere = (/** @type {Email} */ one) => Object.keys(one.mailboxIds).length > 1;
  return {
    destroy: some.filter((one) => !elsewhere(one)).map((one) => one.id),
    update: Object.fromEntries(some.filter(elsewhere).map((one) => [one.id, { [`mailboxIds/${id}`]: null }])),
  };
};

/** Empty a mailbox for good, after asking with the true number. @param {Mailbox} mailbox */
export async function empty(mailbox) {
  const filter = { inMailbox: mailbox.id };
  const name = title(mailbox);
  try {
    const n = await counted(filter);
    if (!n) {
      toast(t('whole.nothing', { name }));
      return;
    }
    const act = () => run(async () => {
      const gone = await throughout(filter, n, leaving(mailbox.id));
      toast(t('did.destroy', { n: gone.length }));
    });
    ask({ title: t('whole.empty', { name }), text: t('whole.emptyAsk', { n, name }), label: t('destroy'), act });
  } catch (reason) {
    complain(reason);
  }
}

/** @param {string[]} ids @param {boolean} read */
async function mark(ids, read) {
  const most = jmap().objects('Set');
  for (let start = 0; start < ids.length && going(); start += most) {
    const some = ids.slice(start, start + most).map((id) => [id, { 'keywords/$seen': read || null }]);
    settled(await jmap().call('Email/set', { update: Object.fromEntries(some) }));
    progress.value = Math.min(1, (start + most) / ids.length);
  }
}

/** Note that everything in a mailbox is read. @param {Mailbox} mailbox */
export const readAll = (mailbox) => run(async () => {
  const filter = { operator: 'AND', conditions: [{ inMailbox: mailbox.id }, { notKeyword: '$seen' }] };
  const n = await counted(filter);
  const done = await throughout(filter, n, (some) => ({
    update: Object.fromEntries(some.map(({ id }) => [id, { 'keywords/$seen': true }])),
  }));
  if (!done.length) toast(t('whole.allRead', { name: title(mailbox) }));
  else toast(t('whole.read', { n: done.length }), { label: t('undo'), shown: 20_000, action: () => { void run(() => mark(done, false)); } });
});

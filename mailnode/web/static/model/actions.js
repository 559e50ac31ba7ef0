/** What one does with mail: shown at once, said to the server, and undone if wished. */

import { batch } from '@preact/signals';
import { accepted, RequestRefused, Unreachable } from '../lib/jmap/errors.js';
import { t } from '../lib/i18n.js';
import { foresee, peek } from './emails.js';
import { refresh, takeOut } from './list.js';
import { roles, title, mailboxes, refreshMailboxes } from './mailboxes.js';
import { jmap } from './session.js';
import { toast } from './toasts.js';

/** @import { Email, Patch } from '../lib/jmap/types.js' */

/** @typedef {Record<string, Patch>} Patches by id of an email */

/**
 * What undoes a patch of an email as it is now.
 * @param {Email} one @param {Patch} patch
 * @returns {Patch}
 */
export function inverse(one, patch) {
  return Object.fromEntries(Object.keys(patch).map((path) => {
    const [name = '', key] = path.split('/');
    const now = /** @type {Record<string, any>} */ (one)[name];
    if (key === undefined) return [path, now];
    return [path, now[key] ? true : null];
  }));
}

/** What is being said to the server. @type {Set<Promise<void>>} */
const saying = new Set();

/** When the server has heard all; news that came before does not tell of it. */
export const heard = () => Promise.allSettled(saying);

/** Say it to the server. @param {Patches} update */
function send(update) {
  const said = inParts(update).finally(() => saying.delete(said));
  saying.add(said);
  return said;
}

/** In as many requests as it wants. @param {Patches} update */
async function inParts(update) {
  const most = jmap().objects('Set');
  const all = Object.entries(update);
  for (let start = 0; start < all.length; start += most) {
    const some = Object.fromEntries(all.slice(start, start + most));
    accepted(await jmap().call('Email/set', { update: some }));
  }
}

/** Say what went wrong. @param {unknown} reason */
export function complain(reason) {
  const text = reason instanceof Unreachable ? t('error.unreachable')
    : t('error.server', { why: reason instanceof Error ? reason.message : String(reason) });
  if (reason instanceof Unreachable || reason instanceof RequestRefused || reason instanceof Error) {
    toast(text, { kind: 'failed' });
  }
}

/**
 * Change emails: at once on the page, then on the server; back if it says no.
 * @param {Patches} update
 * @param {{said?: string, rows?: string[]}} [more] `said` is the toast that offers undoing;
 *   `rows` are the rows of the list that go
 */
export async function change(update, { said, rows = [] } = {}) {
  /** @type {Patches} */
  const undoing = {};
  for (const [id, patch] of Object.entries(update)) {
    const one = peek(id);
    if (one) undoing[id] = inverse(one, patch);
  }
  const apply = (/** @type {Patches} */ patches) => batch(() => {
    for (const [id, patch] of Object.entries(patches)) foresee(id, patch);
  });
  let putBack = () => {};
  batch(() => {
    apply(update);
    if (rows.length) putBack = takeOut(new Set(rows));
  });
  const undo = async () => {
    batch(() => { apply(undoing); putBack(); });
    await send(undoing).catch(complain);
    await refresh();
  };
  if (said) toast(said, { label: t('undo'), action: undo });
  try {
    await send(update);
  } catch (reason) {
    batch(() => { apply(undoing); putBack(); });
    complain(reason);
    void refresh();
  }
}

/** @param {Email[]} those @param {Patch} patch @returns {Patches} */
const each = (those, patch) => Object.fromEntries(those.map(({ id }) => [id, patch]));

/** Set or take a keyword. @param {Email[]} those @param {string} keyword @param {boolean} on */
const keyword = (those, keyword, on) => change(each(
  those.filter((one) => Boolean(one.keywords[keyword]) !== on),
  { [`keywords/${keyword}`]: on || null },
));

/** @param {Email[]} those @param {boolean} on */
export const star = (those, on) => keyword(those, '$flagged', on);

/** @param {Email[]} those @param {boolean} on */
export const markRead = (those, on) => keyword(those, '$seen', on);

/**
 * Move emails out of one mailbox into another, or out of all if none is given.
 * @param {Email[]} those @param {string} to
 * @param {{from?: string, rows?: string[], said?: string, keywords?: Patch}} [more]
 */
export function move(those, to, { from = '', rows = [], said, keywords = {} } = {}) {
  const patch = (/** @type {Email} */ one) => (from && one.mailboxIds[from]
    ? { [`mailboxIds/${from}`]: null, [`mailboxIds/${to}`]: true }
    : { mailboxIds: { [to]: true } });
  const update = Object.fromEntries(those.map((one) => [one.id, { ...patch(one), ...keywords }]));
  const name = title(mailboxes.value.get(to));
  return change(update, { rows, said: said ?? t('did.move', { n: rows.length || those.length, name }) });
}

/** The mailbox of a role; it is made where it is missing, never guessed. @param {string} role */
export async function roleMailbox(role) {
  if (!mailboxes.value.size) await refreshMailboxes();
  const found = roles.value.get(role);
  if (found) return found.id;
  const create = { made: { name: t(`role.${role}`), role, isSubscribed: true } };
  const answer = accepted(await jmap().call('Mailbox/set', { create }));
  await refreshMailboxes();
  return answer.created.made.id;
}

/** @typedef {{from?: string, rows?: string[]}} Where the mailbox that is shown, and its rows that go */

/** @param {Email[]} those @param {Where} where */
export const archive = (those, where) => moveTo('archive', those, where);
/** @param {Email[]} those @param {Where} where */
export const trash = (those, { rows }) => moveTo('trash', those, { rows });

/** @param {Email[]} those @param {Where} where */
export const junk = (those, { rows }) =>
  moveTo('junk', those, { rows }, { 'keywords/$junk': true, 'keywords/$notjunk': null });

/** @param {Email[]} those @param {Where} where */
export const notJunk = (those, { rows }) =>
  moveTo('inbox', those, { rows }, { 'keywords/$junk': null, 'keywords/$notjunk': true });

/** @param {string} role @param {Email[]} those @param {Where} where @param {Patch} [keywords] */
async function moveTo(role, those, where, keywords = {}) {
  try {
    // Not awaited where it is there: the page shows it in the same moment.
    const to = roles.value.get(role)?.id ?? await roleMailbox(role);
    const n = where.rows?.length || those.length;
    await move(those, to, { ...where, keywords, said: t(`did.${role}`, { n }) });
  } catch (reason) {
    complain(reason);
  }
}

/** Destroy for good; there is no way back. @param {string[]} wanted @param {string[]} rows */
export async function destroy(wanted, rows) {
  const putBack = takeOut(new Set(rows));
  const most = jmap().objects('Set');
  try {
    for (let start = 0; start < wanted.length; start += most) {
      accepted(await jmap().call('Email/set', { destroy: wanted.slice(start, start + most) }));
    }
    toast(t('did.destroy', { n: rows.length || wanted.length }));
  } catch (reason) {
    putBack();
    complain(reason);
  }
}

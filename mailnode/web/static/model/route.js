/** Where one is in the page; the address bar says it, so that "back" works. */

import { signal } from '@preact/signals';

/**
 * @typedef {object} Route
 * @property {string} page `mail`, or another page such as `settings`
 * @property {string} mailbox id, or empty
 * @property {string} search what is searched for, or empty
 * @property {string} thread id of the open conversation, or empty
 * @property {string} message id of the one message that is shown of it, or empty for all
 * @property {string[]} rest what follows for other pages
 */

/**
 * What an address means: `#/mail/MAILBOX/THREAD/MESSAGE`, `#/search/WORDS/THREAD/MESSAGE`, `#/PAGE/…`.
 * @param {string} hash
 * @returns {Route}
 */
export function read(hash) {
  const [page = '', ...rest] = hash.replace(/^#?\/?/, '').split('/').map(decoded);
  const route = { page: page || 'mail', mailbox: '', search: '', thread: '', message: '', rest };
  const [where = '', thread = '', message = ''] = rest;
  if (page === 'mail') Object.assign(route, { mailbox: where, thread, message });
  if (page === 'search') Object.assign(route, { page: 'mail', search: where, thread, message });
  return route;
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * The address of a place.
 * @param {Partial<Route>} route
 */
export function address({ page = 'mail', mailbox = '', search = '', thread = '', message = '', rest = [] }) {
  const parts = page !== 'mail' ? [page, ...rest]
    : search ? ['search', search, thread, message]
      : ['mail', mailbox, thread, message];
  while (parts.length > 1 && !parts.at(-1)) parts.pop();
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

export const route = signal(read(location.hash));

addEventListener('hashchange', () => { route.value = read(location.hash); });

/**
 * Go somewhere; `instead` leaves no way back to here.
 * @param {Partial<Route>} where
 * @param {{instead?: boolean}} [how]
 */
export function go(where, { instead = false } = {}) {
  const next = address(where);
  if (next === location.hash) return;
  history[instead ? 'replaceState' : 'pushState'](null, '', next);
  route.value = read(next);
}

addEventListener('popstate', () => { route.value = read(location.hash); });

/** The list of what lies in a mailbox or was found: ids by position, page by page. */

import { batch, computed, signal } from '@preact/signals';
import { back } from '../lib/jmap/client.js';
import { MethodRefused } from '../lib/jmap/errors.js';
import { PAGE, pages } from '../lib/window.js';
import { filter, parse } from '../lib/search.js';
import { email, learn, ROW } from './emails.js';
import { mailboxes, roles } from './mailboxes.js';
import { preferences } from './preferences.js';
import { route } from './route.js';
import { jmap } from './session.js';
import { forget, learnThreads } from './threads.js';

const PAGES_KEPT = 40;
/** Pages remembered; what was looked at longest ago goes first. */
const SORT = [{ property: 'receivedAt', isAscending: false }];

/** What is searched for; empty while a mailbox is shown. */
export const searched = computed(() => route.value.search);

/** The mailbox that is wanted, if any is. */
const asked = computed(() => route.value.mailbox);

/** The mailbox that is shown; empty while searching. */
export const place = computed(() => (searched.value
  ? '' : asked.value || roles.value.get('inbox')?.id || ''));

/** Ids by position, undefined where not fetched. @type {import('@preact/signals').Signal<(string | undefined)[]>} */
export const ids = signal([]);

/** What is wrong with the list, if anything. @type {import('@preact/signals').Signal<unknown>} */
export const trouble = signal(null);

/** Whether the first page is still on its way. */
export const loading = signal(true);

/** How many rows there are. */
export const total = computed(() => ids.value.length);

/** Whether rows are conversations. */
export const collapsed = computed(() => preferences.value.threads);

/** Pages that are there, the one looked at last at the end. @type {Map<number, 'here' | 'coming' | 'stale'>} */
let kept = new Map();
/** Grows when the list becomes another, so that answers for the one before are dropped. */
let generation = 0;
/** Rows looked at now. */
let looked = { first: 0, last: PAGE };

/** The filter of what is shown (RFC 8621, 4.4.1). */
export function wanted() {
  if (!searched.value) return { inMailbox: place.value };
  return filter(parse(searched.value), { mailboxes: mailboxes.value, now: new Date() });
}

/** Begin anew, because another mailbox or search is shown. */
export function restart() {
  generation += 1;
  kept = new Map();
  looked = { first: 0, last: PAGE };
  batch(() => {
    ids.value = [];
    loading.value = true;
    trouble.value = null;
  });
  return fetchPages([0]);
}

/** Rows are looked at: fetch what of them is not there. @param {number} first @param {number} last */
export function look(first, last) {
  looked = { first, last };
  const missing = [];
  for (const page of pages(first, last)) {
    const state = kept.get(page);
    if (state) {
      kept.delete(page);
      kept.set(page, state);
    }
    if (!state || state === 'stale') missing.push(page);
  }
  if (missing.length && total.peek()) void fetchPages(missing);
}

/** Something may have changed: what is looked at is fetched anew, the rest when it is. */
export function refresh() {
  for (const [page, state] of kept) if (state === 'here') kept.set(page, 'stale');
  return fetchPages(pages(looked.first, Math.max(looked.first + 1, Math.min(looked.last, total.peek()))));
}

/** @param {number[]} numbers */
async function fetchPages(numbers) {
  const now = generation;
  for (const page of numbers) kept.set(page, 'coming');
  try {
    await Promise.all(numbers.map((page) => fetchPage(page, now)));
  } catch (reason) {
    if (now !== generation) return;
    for (const page of numbers) kept.delete(page);
    trouble.value = reason;
    loading.value = false;
  }
}

/** @param {number} page @param {number} now in which generation */
async function fetchPage(page, now) {
  const answers = await jmap().attempt([
    ['Email/query', {
      filter: wanted(), sort: SORT, position: page * PAGE, limit: PAGE,
      collapseThreads: collapsed.peek(), calculateTotal: true,
    }],
    ['Email/get', { '#ids': back(0, '/ids'), properties: ROW }],
    ['Thread/get', { '#ids': back(1, '/list/*/threadId') }],
    ['Email/get', { '#ids': back(2, '/list/*/emailIds'), properties: ROW }],
  ]);
  const [queried, rows, threads, others] = answers;
  for (const answer of [queried, rows]) if (answer instanceof MethodRefused) throw answer;
  if (now !== generation) return;
  batch(() => {
    learn(rows.list);
    // A page of very long conversations may be too much to ask for: rows then tell of themselves.
    if (!(others instanceof MethodRefused)) learn(others.list);
    if (!(threads instanceof MethodRefused)) learnThreads(threads.list);
    settle(page, queried);
    trouble.value = null;
    loading.value = false;
  });
}

/** @param {number} page @param {{ids: string[], total: number}} queried */
function settle(page, queried) {
  const next = ids.peek().slice();
  next.length = queried.total;
  const start = page * PAGE;
  for (let row = 0; row < PAGE && start + row < queried.total; row++) {
    next[start + row] = queried.ids[row];
  }
  kept.delete(page);
  kept.set(page, 'here');
  evict(next);
  ids.value = next;
}

/** @param {(string | undefined)[]} next */
function evict(next) {
  for (const [page, state] of kept) {
    if (kept.size <= PAGES_KEPT) break;
    if (state === 'coming') continue;
    kept.delete(page);
    next.fill(undefined, page * PAGE, Math.min((page + 1) * PAGE, next.length));
  }
}

/**
 * Take rows out at once, before the server has said yes.
 * @param {Set<string>} gone ids of rows
 * @returns {() => void} what puts them back
 */
export function takeOut(gone) {
  const before = ids.peek();
  const now = generation;
  const next = before.slice();
  for (let row = next.length - 1; row >= 0; row--) {
    const id = next[row];
    if (id !== undefined && gone.has(id)) next.splice(row, 1);
  }
  ids.value = next;
  return () => { if (now === generation) ids.value = before; };
}

/** The row of an email or of its conversation; -1 if it is not there. @param {string} thread */
export const rowOf = (thread) => ids.value.findIndex((id) =>
  id !== undefined && email(id).peek()?.threadId === thread);

/** Forget everything, because somebody else may sign in. */
export function clear() {
  generation += 1;
  kept = new Map();
  forget();
  ids.value = [];
}

/** The list of what lies in a mailbox or was found: ids by position, page by page. */

import { batch, computed, signal } from '@preact/signals';
import { back } from '../lib/jmap/client.js';
import { arrived, changed, without } from '../lib/changed.js';
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
const MOST_CHANGES = 200;
/** Changes beyond which it is cheaper to look anew. */
const SORT = [{ property: 'receivedAt', isAscending: false }];

/** @typedef {'unread' | 'starred' | 'attachment'} Quick */

/** What a quick filter wants of an email (RFC 8621, 4.4.1). */
const QUICK = {
  unread: { notKeyword: '$seen' },
  starred: { hasKeyword: '$flagged' },
  attachment: { hasAttachment: true },
};

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

/** Ids of rows that came in above the first since somebody last was at the top. @type {import('@preact/signals').Signal<Set<string>>} */
export const fresh = signal(new Set());

/** Somebody sees the first row. */
export const seeTop = () => { if (fresh.peek().size) fresh.value = new Set(); };

/** The state of the list, while the server can say how it changes (RFC 8620, 5.5); else empty. */
let state = '';
/** Pages that are there, the one looked at last at the end. @type {Map<number, 'here' | 'coming' | 'stale'>} */
let kept = new Map();
/** Grows when the list becomes another, so that answers for the one before are dropped. */
let generation = 0;
/** Rows looked at now. */
let looked = { first: 0, last: PAGE };

/** Which of the quick filters are on. @type {import('@preact/signals').Signal<Quick[]>} */
export const quick = signal([]);

/** Turn a quick filter on or off. @param {Quick} which */
export const toggleQuick = (which) => {
  const on = quick.peek();
  quick.value = on.includes(which) ? on.filter((each) => each !== which) : [...on, which];
};

/** The filter of what is shown (RFC 8621, 4.4.1). */
export function wanted() {
  const where = searched.value
    ? filter(parse(searched.value), { mailboxes: mailboxes.value, now: new Date() })
    : { inMailbox: place.value };
  const conditions = [where, ...quick.peek().map((which) => QUICK[which])];
  return conditions.length > 1 ? { operator: 'AND', conditions } : where;
}

/** What is asked of the list as a whole. */
const question = () => ({
  filter: wanted(), sort: SORT, collapseThreads: collapsed.peek(), calculateTotal: true,
});

/** Begin anew, because another mailbox or search is shown. */
export function restart() {
  generation += 1;
  kept = new Map();
  state = '';
  looked = { first: 0, last: PAGE };
  batch(() => {
    ids.value = [];
    fresh.value = new Set();
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
    const here = kept.get(page);
    if (here) {
      kept.delete(page);
      kept.set(page, here);
    }
    if (!here || here === 'stale') missing.push(page);
  }
  if (missing.length && total.peek()) void fetchPages(missing);
}

/** Something may have changed: follow it, or fetch what is looked at anew. */
export async function refresh() {
  if (state && await followed().catch(() => false)) return;
  for (const [page, here] of kept) if (here === 'here') kept.set(page, 'stale');
  await fetchPages(pages(looked.first, Math.max(looked.first + 1, Math.min(looked.last, total.peek()))));
}

/** Follow how the list changed since its state; whether that could be done. */
async function followed() {
  const now = generation;
  const since = state;
  const [moved, ...found] = await jmap().attempt([
    ['Email/queryChanges', { ...question(), sinceQueryState: since, maxChanges: MOST_CHANGES }],
    ['Email/get', { '#ids': back(0, '/added/*/id'), properties: ROW }],
    ...around(1),
  ]);
  if (now !== generation) return true;
  if (state !== since) return false;
  if (moved instanceof MethodRefused) return false; // Too much, or too long ago (RFC 8620, 5.6).
  const before = ids.peek();
  const { ids: next, certain } = changed(before, moved);
  batch(() => {
    learnFound(found);
    state = moved.newQueryState;
    reckon(next, certain);
    show(before, next);
  });
  look(looked.first, looked.last);
  return true;
}

/** The conversations around the emails of a call. @param {number} which @returns {import('../lib/jmap/types.js').Call[]} */
const around = (which) => [
  ['Thread/get', { '#ids': back(which, '/list/*/threadId') }],
  ['Email/get', { '#ids': back(which + 1, '/list/*/emailIds'), properties: ROW }],
];

/** @param {any[]} answers emails, their threads, and the emails of those */
function learnFound([rows, threads, others]) {
  // A page of very long conversations may be too much to ask for: rows then tell of themselves.
  for (const answer of [rows, others]) if (!(answer instanceof MethodRefused)) learn(answer.list);
  if (!(threads instanceof MethodRefused)) learnThreads(threads.list);
}

/** Which pages are there after rows have moved. @param {(string | undefined)[]} next @param {number} certain */
function reckon(next, certain) {
  const before = kept;
  kept = new Map();
  const wholes = [...before.keys(), ...Array.from({ length: Math.ceil(next.length / PAGE) }, (_, page) => page)];
  for (const page of new Set(wholes)) {
    const end = Math.min((page + 1) * PAGE, next.length);
    const rows = next.slice(page * PAGE, end);
    if (!rows.length) continue;
    if (before.get(page) === 'coming') kept.set(page, 'coming');
    else if (!rows.includes(undefined)) kept.set(page, end <= certain ? 'here' : 'stale');
  }
}

/** Show the rows as they are now. @param {(string | undefined)[]} before @param {(string | undefined)[]} next */
function show(before, next) {
  const there = new Set(next);
  const come = arrived(before, next);
  const still = [...fresh.peek()].filter((id) => there.has(id));
  if (come.length || still.length !== fresh.peek().size) fresh.value = new Set([...still, ...come]);
  ids.value = next;
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
  const [queried, ...found] = await jmap().attempt([
    ['Email/query', { ...question(), position: page * PAGE, limit: PAGE }],
    ['Email/get', { '#ids': back(0, '/ids'), properties: ROW }],
    ...around(1),
  ]);
  for (const answer of [queried, found[0]]) if (answer instanceof MethodRefused) throw answer;
  if (now !== generation) return;
  batch(() => {
    learnFound(found);
    settle(page, queried);
    trouble.value = null;
    loading.value = false;
  });
}

/** @param {number} page @param {{ids: string[], total: number, queryState: string, canCalculateChanges: boolean}} queried */
function settle(page, queried) {
  const before = ids.peek();
  const next = before.slice();
  next.length = queried.total;
  const start = page * PAGE;
  for (let row = 0; row < PAGE && start + row < queried.total; row++) {
    next[start + row] = queried.ids[row];
  }
  const told = queried.canCalculateChanges ? queried.queryState : '';
  if (told !== state) {
    // What was fetched before may be at other places by now.
    for (const [each, here] of kept) if (here === 'here') kept.set(each, 'stale');
    if (state) queueMicrotask(refresh);
    state = told;
  }
  kept.delete(page);
  kept.set(page, 'here');
  evict(next);
  if (page === 0) show(before, next);
  else ids.value = next;
}

/** @param {(string | undefined)[]} next */
function evict(next) {
  for (const [page, here] of kept) {
    if (kept.size <= PAGES_KEPT) break;
    if (here === 'coming') continue;
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
  const next = without(before, gone);
  reckon(next, next.length);
  ids.value = next;
  return () => {
    if (now !== generation) return;
    reckon(before, before.length);
    ids.value = before;
  };
}

/** The row of an email or of its conversation; -1 if it is not there. @param {string} thread */
export const rowOf = (thread) => ids.value.findIndex((id) =>
  id !== undefined && email(id).peek()?.threadId === thread);

/** Forget everything, because somebody else may sign in. */
export function clear() {
  generation += 1;
  kept = new Map();
  state = '';
  forget();
  ids.value = [];
}

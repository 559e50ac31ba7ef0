/** Whom one writes to, as one's own mail knows it: for completing addresses. */

import { back } from '../lib/jmap/client.js';
import { correspondents } from './emails.js';
import { roles } from './mailboxes.js';
import { jmap } from './session.js';

/** @import { Address, Email } from '../lib/jmap/types.js' */

const LATEST = 400;
/** Letters that are looked through: of half a year, for most people. */
const OFFERED = 7;

/** By address in lower case: the address, and how dear it is. @type {Map<string, {address: Address, weight: number}>} */
const known = new Map();
let asked = false;

/** @param {Address} address @param {number} weight */
function meet(address, weight) {
  const key = address.email.toLowerCase();
  const before = known.get(key);
  known.set(key, {
    address: { email: address.email, name: address.name || before?.address.name || null },
    weight: (before?.weight ?? 0) + weight,
  });
}

/** Look through what was sent, once. */
export async function acquaint() {
  if (asked) return;
  asked = true;
  for (const address of correspondents()) meet(address, 0.2);
  const sent = roles.value.get('sent');
  if (!sent) return;
  try {
    const [, { list }] = await jmap().request([
      ['Email/query', { filter: { inMailbox: sent.id }, sort: [{ property: 'receivedAt', isAscending: false }], limit: LATEST }],
      ['Email/get', { '#ids': back(0, '/ids'), properties: ['to', 'cc'] }],
    ]);
    list.forEach((/** @type {Email} */ one, /** @type {number} */ age) => {
      for (const address of [...one.to ?? [], ...one.cc ?? []]) meet(address, 1 - age / LATEST);
    });
  } catch {
    asked = false; // There is nobody to offer, and another time.
  }
}

/** The letters without their marks, so that "jose" finds "José". @param {string} text */
const bare = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Whether a name, a word of it, an address or its domain begins so. @param {Address} address @param {string} sought */
function begins({ name, email }, sought) {
  const words = [...bare(name ?? '').split(/[\s"'(]+/), bare(email), bare(name ?? ''), bare(email.split('@')[1] ?? '')];
  return words.some((word) => word.startsWith(sought));
}

/**
 * Who could be meant.
 * @param {string} typed @param {Address[]} already those there are
 * @returns {Address[]}
 */
export function meant(typed, already) {
  const sought = bare(typed.trim());
  if (!sought) return [];
  const there = new Set(already.map(({ email }) => email.toLowerCase()));
  return [...known.entries()]
    .filter(([key, { address }]) => !there.has(key) && begins(address, sought))
    .toSorted(([, one], [, other]) => other.weight - one.weight)
    .slice(0, OFFERED).map(([, { address }]) => address);
}

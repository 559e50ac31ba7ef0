/** What somebody searched for lately on this device. */

import { effect, signal } from '@preact/signals';
import { owner } from './preferences.js';

const KEY = 'mailnode.searches';
const KEPT = 6;

/** @returns {string[]} */
function kept() {
  try {
    const { whose, searches } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return whose === owner.peek() && Array.isArray(searches) ? searches.map(String).slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

/** The last first. */
export const recent = signal(kept());

effect(() => {
  if (owner.value) recent.value = kept(); // Not those of somebody else.
});

/** @param {string[]} searches */
function keep(searches) {
  recent.value = searches;
  try {
    localStorage.setItem(KEY, JSON.stringify({ whose: owner.peek(), searches }));
  } catch {
    // Then they last as long as the page.
  }
}

/** Remember a search. @param {string} search */
export const remember = (search) => keep([search, ...recent.peek().filter((each) => each !== search)].slice(0, KEPT));

/** Forget them all. */
export const forgetRecent = () => keep([]);

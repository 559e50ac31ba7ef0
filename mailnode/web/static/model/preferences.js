/** What somebody prefers; the browser keeps a copy, so that the page looks right at once. */

import { effect, signal } from '@preact/signals';

const KEY = 'mailnode.preferences';
const TRUSTED = 1000;
/** Senders whose images are shown: the oldest go beyond it, so that all of it stays small. */

/**
 * @typedef {object} Preferences
 * @property {'system' | 'light' | 'dark'} theme
 * @property {'' | 'en' | 'pt-BR'} language empty: as the browser says
 * @property {boolean} threads conversations are one row
 * @property {'columns' | 'below' | 'list'} layout reading beside the list, below it, or in its place
 * @property {'comfortable' | 'compact'} density
 * @property {'always' | 'ask'} images remote images in messages
 * @property {string[]} trusted senders whose remote images are shown
 * @property {string[]} folded mailboxes whose children are not shown
 * @property {number} undoSend seconds in which sending can be taken back
 */

/** @type {Preferences} */
export const DEFAULTS = {
  theme: 'system',
  language: '',
  threads: true,
  layout: 'columns',
  density: 'comfortable',
  images: 'ask',
  trusted: [],
  folded: [],
  undoSend: 10,
};

/** @type {Record<string, any[]>} */
const CHOICES = {
  theme: ['system', 'light', 'dark'],
  language: ['', 'en', 'pt-BR'],
  layout: ['columns', 'below', 'list'],
  density: ['comfortable', 'compact'],
  images: ['always', 'ask'],
};

/**
 * What somebody wrote of a preference, if it can be meant; what we do not know stays.
 * @param {string} name @param {any} value
 */
function meant(name, value) {
  const usual = /** @type {Record<string, any>} */ (DEFAULTS)[name];
  if (usual === undefined) return true;
  if (CHOICES[name]) return CHOICES[name].includes(value);
  if (Array.isArray(usual)) return Array.isArray(value) && value.every((each) => typeof each === 'string');
  return typeof value === typeof usual;
}

/** Preferences from elsewhere, which may be of another version. @param {unknown} said @returns {Preferences} */
export function understood(said) {
  const known = said && typeof said === 'object' ? Object.entries(said) : [];
  return { ...DEFAULTS, ...Object.fromEntries(known.filter(([name, value]) => meant(name, value))) };
}

/** @returns {{owner: string, preferences: Preferences}} */
function kept() {
  try {
    const { owner = '', ...said } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return { owner, preferences: understood(said) };
  } catch {
    return { owner: '', preferences: DEFAULTS }; // No storage, or not ours.
  }
}

const beginning = kept();

/** Whose they are; empty as long as nobody has signed in. */
export const owner = signal(beginning.owner);

export const preferences = signal(beginning.preferences);

effect(() => {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...preferences.value, owner: owner.value }));
  } catch {
    // Then they last as long as the page.
  }
});

/** Prefer something else from now on. @param {Partial<Preferences>} changed */
export function prefer(changed) {
  preferences.value = { ...preferences.value, ...changed };
}

/** Show the remote images of a sender from now on. @param {string} address */
export function trust(address) {
  const others = preferences.value.trusted.filter((each) => each !== address);
  prefer({ trusted: [...others, address].slice(-TRUSTED) });
}

/** Another tab has changed them. */
addEventListener('storage', (event) => {
  const now = kept();
  if (event.key === KEY && now.owner === owner.peek()) preferences.value = now.preferences;
});

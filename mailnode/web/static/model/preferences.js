/** What somebody prefers on this device; kept by the browser. */

import { effect, signal } from '@preact/signals';

const KEY = 'mailnode.preferences';

/**
 * @typedef {object} Preferences
 * @property {'system' | 'light' | 'dark'} theme
 * @property {'' | 'en' | 'pt-BR'} language empty: as the browser says
 * @property {boolean} threads conversations are one row
 * @property {'columns' | 'list'} layout reading beside the list or in its place
 * @property {'always' | 'ask'} images remote images in messages
 * @property {string[]} trusted senders whose remote images are shown
 * @property {string[]} folded mailboxes whose children are not shown
 * @property {number} undoSend seconds in which sending can be taken back
 */

/** @type {Preferences} */
const DEFAULTS = {
  theme: 'system',
  language: '',
  threads: true,
  layout: 'columns',
  images: 'ask',
  trusted: [],
  folded: [],
  undoSend: 10,
};

/** @returns {Preferences} */
function kept() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return DEFAULTS; // No storage, or not ours.
  }
}

export const preferences = signal(kept());

effect(() => {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.value));
  } catch {
    // Then they last as long as the page.
  }
});

/** Prefer something else from now on. @param {Partial<Preferences>} changed */
export function prefer(changed) {
  preferences.value = { ...preferences.value, ...changed };
}

/** Another tab has changed them. */
addEventListener('storage', (event) => {
  if (event.key === KEY) preferences.value = kept();
});

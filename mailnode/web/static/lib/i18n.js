/** What the page says, in the language of who reads it. */

import { signal } from '@preact/signals';
import english from '../i18n/en/index.js';

/** @typedef {string | {one?: string, few?: string, many?: string, other: string}} Phrase */
/** @typedef {Record<string, Phrase>} Catalogue */

/** @type {Record<string, () => Promise<{default: Catalogue}>>} */
const CATALOGUES = {
  en: async () => ({ default: english }),
  'pt-BR': () => import('../i18n/pt-BR/index.js'),
};

/** The languages there are, with their own names. @type {[string, string][]} */
export const LANGUAGES = [['en', 'English'], ['pt-BR', 'Português (Brasil)']];

const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur']);

/** @type {Catalogue} */
let catalogue = english;

/** The language that is spoken now, such as `pt-BR`. */
export const language = signal('en');

/**
 * The language of ours that fits best what is wished.
 * @param {readonly string[]} wished in order of preference
 */
export function fitting(wished) {
  const ours = Object.keys(CATALOGUES);
  for (const wish of wished) {
    const [family] = wish.split('-');
    const found = ours.find((each) => each.toLowerCase() === wish.toLowerCase())
      ?? ours.find((each) => each.split('-')[0] === family);
    if (found) return found;
  }
  return 'en';
}

/**
 * Speak a language from now on.
 * @param {string} name
 */
export async function speak(name) {
  const load = CATALOGUES[name];
  if (!load) return;
  catalogue = (await load()).default;
  language.value = name;
}

/** How the language is written. */
export const direction = () =>
  RIGHT_TO_LEFT.has(language.value.split('-')[0] ?? '') ? 'rtl' : 'ltr';

/**
 * A phrase of the catalogue; `n` chooses its plural.
 * @param {string} key
 * @param {Record<string, string | number>} [values] what stands for `{name}` in it
 * @returns {string}
 */
export function t(key, values = {}) {
  const speaking = language.value;
  const phrase = catalogue[key] ?? english[key] ?? key;
  const text = typeof phrase === 'string' ? phrase : plural(phrase, Number(values.n), speaking);
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === 'number' ? number(value) : value ?? '';
  });
}

/** @param {Exclude<Phrase, string>} forms @param {number} n @param {string} speaking */
function plural(forms, n, speaking) {
  const rule = new Intl.PluralRules(speaking).select(n);
  return forms[/** @type {keyof typeof forms} */ (rule)] ?? forms.other;
}

/** A number with the separators of the language. @param {number} value */
export const number = (value) => new Intl.NumberFormat(language.value).format(value);

/** Octets as people count them. @param {number} octets */
export function size(octets) {
  const units = /** @type {const} */ (['byte', 'kilobyte', 'megabyte', 'gigabyte']);
  const power = Math.min(3, Math.floor(Math.log(Math.max(1, octets)) / Math.log(1000)));
  return new Intl.NumberFormat(language.value, {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: power ? 'short' : 'long',
    maximumFractionDigits: octets / 1000 ** power < 10 && power ? 1 : 0,
  }).format(octets / 1000 ** power);
}

/** Names in a row: "Ana, Bob and Eve". @param {string[]} names */
export const listed = (names) => new Intl.ListFormat(language.value).format(names);

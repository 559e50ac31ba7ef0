/** Messages being written: who wants one opened says so here; `view/compose/` shows them. */

import { signal } from '@preact/signals';

/** @import { Email } from '../lib/jmap/types.js' */

/**
 * @typedef {object} Wanted
 * @property {'new' | 'reply' | 'replyAll' | 'forward' | 'draft'} mode
 * @property {Email} [email] what is answered, forwarded, or the draft to go on with
 * @property {string} [to] addresses to begin with
 *
 * @typedef {Wanted & {key: number}} Composition
 */

/** The open compositions, the last one on top. @type {import('@preact/signals').Signal<Composition[]>} */
export const compositions = signal([]);

let last = 0;

/** Open a composition. @param {Wanted} wanted */
export function openCompose(wanted) {
  compositions.value = [...compositions.value, { ...wanted, key: ++last }];
}

/** Close one. @param {number} key */
export function closeCompose(key) {
  compositions.value = compositions.value.filter((each) => each.key !== key);
}

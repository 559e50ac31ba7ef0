/** What has just happened, and how to undo it. */

import { signal } from '@preact/signals';

const SHOWN = 8000;
/** Milliseconds: long enough to read it and reach for the button. */

/**
 * @typedef {object} Toast
 * @property {number} id
 * @property {string} text
 * @property {'done' | 'failed'} kind
 * @property {string} [label] of the button
 * @property {() => void} [action]
 */

/** @type {import('@preact/signals').Signal<Toast[]>} */
export const toasts = signal([]);

/** What a screen reader is told. */
export const announced = signal('');

let last = 0;

/**
 * Show a toast; the last one replaces those before it.
 * @param {string} text
 * @param {{kind?: 'done' | 'failed', label?: string, action?: () => void, shown?: number}} [more]
 * @returns {number} its id, for {@link dismiss}
 */
export function toast(text, { kind = 'done', label, action, shown = SHOWN } = {}) {
  const id = ++last;
  toasts.value = [...toasts.value.filter((each) => each.kind !== kind), { id, text, kind, label, action }];
  announced.value = text;
  setTimeout(() => dismiss(id), shown);
  return id;
}

/** Take a toast away. @param {number} id */
export function dismiss(id) {
  if (toasts.value.some((each) => each.id === id)) {
    toasts.value = toasts.value.filter((each) => each.id !== id);
  }
}

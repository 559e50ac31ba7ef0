/** The keyboard: which key does what, where nobody is typing. */

import { signal } from '@preact/signals';

/**
 * @typedef {object} Shortcut
 * @property {string} keys such as `e` or `g i`; named as KeyboardEvent.key
 * @property {string} label a key of the catalogue
 * @property {string} group a key of the catalogue, for the card
 * @property {() => void} act
 */

const PAUSE = 1200;
/** Milliseconds in which the second key of two must follow. */

/** @type {Map<string, Shortcut>} */
const shortcuts = new Map();

/** Whether the last thing somebody did was to press a key. */
export const byKeyboard = signal(false);
addEventListener('keydown', () => { byKeyboard.value = true; }, true);
addEventListener('pointerdown', () => { byKeyboard.value = false; }, true);

/** Changes when shortcuts come or go. */
export const registered = signal(0);

let before = '';
let timer = 0;

/**
 * Add shortcuts; a later one for the same keys goes before an earlier one.
 * @param {Shortcut[]} added
 * @returns {() => void} what takes them away again
 */
export function shortcut(added) {
  const hidden = added.map(({ keys }) => shortcuts.get(keys));
  for (const each of added) shortcuts.set(each.keys, each);
  registered.value += 1;
  return () => {
    added.forEach((each, place) => {
      if (shortcuts.get(each.keys) !== each) return;
      const earlier = hidden[place];
      if (earlier) shortcuts.set(each.keys, earlier);
      else shortcuts.delete(each.keys);
    });
    registered.value += 1;
  };
}

/** All there are now, for the card. @returns {Shortcut[]} */
export const allShortcuts = () => [...shortcuts.values()];

/** Whether somebody is typing, or a dialog is before everything. @param {EventTarget | null} target */
function busy(target) {
  if (document.querySelector('dialog[open]')) return true;
  return target instanceof HTMLElement
    && (target.isContentEditable || Boolean(target.closest('input:not([type=checkbox]), textarea, select, [role=menu]')));
}

/** Whether a key belongs to what has the focus: Enter presses a button. @param {KeyboardEvent} event */
const theirs = ({ key, target }) => key === 'Enter'
  && target instanceof Element && Boolean(target.closest('button, a, summary, input'));

/** Act on a key. @param {KeyboardEvent} event */
export function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.isComposing || busy(event.target) || theirs(event)) return;
  const two = before ? `${before} ${event.key}` : '';
  before = '';
  clearTimeout(timer);
  const found = shortcuts.get(two) ?? shortcuts.get(event.key);
  if (found) {
    event.preventDefault();
    found.act();
  } else if ([...shortcuts.keys()].some((keys) => keys.startsWith(`${event.key} `))) {
    before = event.key;
    timer = setTimeout(() => { before = ''; }, PAUSE);
  }
}

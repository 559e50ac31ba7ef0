/** A question that must be answered before something is done for good. */

import { signal } from '@preact/signals';

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} label of the button that does it
 * @property {() => void} act
 */

/** @type {import('@preact/signals').Signal<Question | null>} */
export const question = signal(null);

/** Ask, and do it only if the answer is yes. @param {Question} asked */
export function ask(asked) {
  question.value = asked;
}

/** What is being dragged. */

import { signal } from '@preact/signals';

/** Ids of the rows in the hand. @type {import('@preact/signals').Signal<string[]>} */
export const drag = signal([]);

/** Which part of a very long list is seen, and which pages of it are wanted. */

/** Rows drawn beyond both edges, so that a quick scroll finds something. */
const MARGIN = 6;
export const PAGE = 50;
/** Rows that are fetched together. */
const TALLEST = 16_000_000;
/** Pixels: Firefox clamps an element near 17.9 million, Chromium at 33.5 million. */

/**
 * @typedef {object} View
 * @property {number} total rows there are
 * @property {number} row pixels of one
 * @property {number} top where the view begins, in pixels of the scrolled element
 * @property {number} height pixels of the view
 */

/** How tall the scrolled element is. @param {{total: number, row: number}} view */
export const tall = ({ total, row }) => Math.min(total * row, TALLEST);

/**
 * How far a list that is taller than an element can be is squeezed; 1: not at all.
 * @param {View} view
 */
const squeezed = (view) => {
  const spare = tall(view) - view.height;
  return spare > 0 ? Math.max(1, (view.total * view.row - view.height) / spare) : 1;
};

/**
 * The rows to draw, and how far they are shifted from their own place.
 * @param {View} view
 */
export function seen(view) {
  const offset = view.top * squeezed(view);
  const first = Math.max(0, Math.floor(offset / view.row) - MARGIN);
  const last = Math.min(view.total, Math.ceil((offset + view.height) / view.row) + MARGIN);
  return { first, last, shift: view.top - offset };
}

/** Where to scroll so that a row is seen; null if it is. @param {View} view @param {number} index */
export function reveal(view, index) {
  const factor = squeezed(view);
  const offset = view.top * factor;
  const place = index * view.row;
  if (place < offset) return place / factor;
  if (place + view.row > offset + view.height) return (place + view.row - view.height) / factor;
  return null;
}

/** The pages that rows lie on. @param {number} first @param {number} last behind the last */
export function pages(first, last) {
  const from = Math.floor(first / PAGE);
  const to = Math.floor(Math.max(first, last - 1) / PAGE);
  return Array.from({ length: to - from + 1 }, (_, each) => from + each);
}

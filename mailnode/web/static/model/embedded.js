/** Which blobs the texts of messages show, so that they are not listed a second time. */

import { signal } from '@preact/signals';

const KEPT = 200;

/** By id of an email. @type {import('@preact/signals').Signal<Map<string, Set<string>>>} */
export const embedded = signal(new Map());

/** The text of a message is there. @param {string} id @param {Document} text */
export function noteEmbedded(id, text) {
  const blobs = [...text.images].map(({ src }) => /\/webmail\/part\/([^/?#]+)/.exec(src)?.[1] ?? '');
  const others = [...embedded.peek()].filter(([each]) => each !== id).slice(-KEPT);
  embedded.value = new Map([...others, [id, new Set(blobs.filter(Boolean).map(decodeURIComponent))]]);
}

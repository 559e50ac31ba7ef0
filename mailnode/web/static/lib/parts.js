/** What kind of thing is attached, and what can be done with it here. */

/** @import { Part } from './jmap/types.js' */

const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
/** What a browser shows without danger. */
const SMALL = 8_000_000;
/** Octets: a picture up to here is worth fetching for a look. */
const TEXTS = /^(text\/(plain|csv|markdown|x-\w+|calendar)|application\/json|message\/(delivery-status|rfc822-headers))$/;

/** How it can be looked at. @param {Part} part @returns {'picture' | 'pdf' | 'text' | ''} */
export function look({ type }) {
  if (PICTURES.has(type)) return 'picture';
  if (type === 'application/pdf') return 'pdf';
  return TEXTS.test(type) ? 'text' : '';
}

/** Whether a small picture of it can be shown. @param {Part} part */
export const small = (part) => look(part) === 'picture' && part.size <= SMALL;

/** The letters after the last dot, for the eye. @param {Part} part */
export function ending(part) {
  const found = /\.([a-z0-9]{1,5})$/i.exec(part.name ?? '');
  return (found?.[1] ?? part.type.split('/')[1] ?? '').slice(0, 5).toUpperCase();
}

/**
 * What is listed below a message: not the pictures that are in its text already.
 * @param {Part[]} parts @param {Set<string> | undefined} shown blobs in the text; nothing is known of it yet if there is none
 */
export const listed = (parts, shown) => parts.filter((part) => {
  const within = part.disposition === 'inline' || (Boolean(part.cid) && part.disposition !== 'attachment');
  if (!within || !part.type.startsWith('image/')) return true;
  return shown ? !shown.has(part.blobId ?? '') : !part.cid;
});

/**
 * What a message has that we do not do justice to: said, rather than passed over.
 * @param {Part[]} parts
 * @returns {('invitation' | 'signed' | 'encrypted')[]}
 */
export function special(parts) {
  const types = parts.map(({ type }) => type.toLowerCase());
  const names = parts.map(({ name }) => name?.toLowerCase() ?? '');
  const has = (/** @type {string[]} */ ...wanted) => types.some((type) => wanted.includes(type));
  /** @type {('invitation' | 'signed' | 'encrypted')[]} */
  const found = [];
  if (has('text/calendar', 'application/ics')) found.push('invitation');
  if (has('application/pkcs7-signature', 'application/x-pkcs7-signature', 'application/pgp-signature')) found.push('signed');
  if (has('application/pkcs7-mime', 'application/x-pkcs7-mime', 'application/pgp-encrypted')
    || names.includes('smime.p7m')) found.push('encrypted');
  return found;
}

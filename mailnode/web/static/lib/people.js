/** Names, initials and colours of who writes and who is written to. */

/** @import { Address } from './jmap/types.js' */

const HUES = 10;
/** As many colours as `.avatar-N` in the style sheet. */

/** What somebody is called. @param {Address} address */
export const called = ({ name, email }) => name?.trim() || email;

/** What somebody is called among others: the first name. @param {Address} address */
export function shortly(address) {
  const name = called(address);
  if (name === address.email) return name.split('@')[0] || name;
  if (name.includes(',')) return name.split(',')[1]?.trim().split(/\s+/)[0] || name;
  return name.split(/\s+/).find((word) => !word.endsWith('.')) ?? name; // Not "Dr.".
}

/** One letter or two, for an avatar. @param {Address} address */
export function initials(address) {
  const words = called(address).split('@')[0]?.split(/[\s._-]+/)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word)) ?? [];
  const [first = '', ...rest] = words;
  const last = rest.at(-1) ?? '';
  return ([...first][0] ?? '?').toUpperCase() + ([...last][0] ?? '').toUpperCase();
}

/** A colour that stays with somebody: a number below ten. @param {Address} address */
export function hue({ email }) {
  let sum = 0;
  for (const letter of email.toLowerCase()) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

/** Name and address as one writes them. @param {Address} address */
export const written = ({ name, email }) => (name ? `${name} <${email}>` : email);

/**
 * Everybody once, in the order they first appear.
 * @param {Address[]} addresses
 */
export function distinct(addresses) {
  const seen = new Map(addresses.toReversed().map((each) => [each.email.toLowerCase(), each]));
  return [...new Set(addresses.map((each) => each.email.toLowerCase()))]
    .map((email) => /** @type {Address} */ (seen.get(email)));
}

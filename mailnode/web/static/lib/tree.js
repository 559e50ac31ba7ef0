/** Mailboxes as a tree, in the order people expect. */

/** @import { Mailbox } from './jmap/types.js' */

/** @typedef {{mailbox: Mailbox, depth: number, children: boolean}} Branch */

export const ROLES = ['inbox', 'drafts', 'sent', 'archive', 'junk', 'trash'];
/** Those that have a place of their own at the top. */

/** @param {Mailbox} mailbox */
const rank = ({ role }) => (role && ROLES.includes(role) ? ROLES.indexOf(role) : ROLES.length);

/**
 * Who comes first (RFC 8621, 2: sortOrder, then the name).
 * @param {Mailbox} one @param {Mailbox} other
 */
export const ordered = (one, other) =>
  rank(one) - rank(other) || one.sortOrder - other.sortOrder
  || one.name.localeCompare(other.name, undefined, { numeric: true });

/**
 * The branches that are seen, each after its parent.
 * @param {Iterable<Mailbox>} mailboxes
 * @param {(id: string) => boolean} folded whose children are not seen
 * @returns {Branch[]}
 */
export function branches(mailboxes, folded = () => false) {
  const all = [...mailboxes];
  const known = new Set(all.map(({ id }) => id));
  /** @type {Map<string, Mailbox[]>} */
  const below = new Map();
  for (const mailbox of all.sort(ordered)) {
    const parent = mailbox.parentId && known.has(mailbox.parentId) ? mailbox.parentId : '';
    below.set(parent, [...(below.get(parent) ?? []), mailbox]);
  }
  /** @type {Branch[]} */
  const seen = [];
  const grow = (/** @type {string} */ parent, /** @type {number} */ depth) => {
    for (const mailbox of below.get(parent) ?? []) {
      seen.push({ mailbox, depth, children: below.has(mailbox.id) });
      if (!folded(mailbox.id)) grow(mailbox.id, depth + 1);
    }
  };
  grow('', 0);
  return seen;
}

/**
 * Whether a mailbox is another or below it.
 * @param {Map<string, Mailbox>} mailboxes @param {string} id @param {string} above
 */
export function within(mailboxes, id, above) {
  for (let at = mailboxes.get(id); at; at = mailboxes.get(at.parentId ?? '')) {
    if (at.id === above) return true;
  }
  return false;
}

/**
 * The names from the top down to a mailbox.
 * @param {Map<string, Mailbox>} mailboxes @param {string} id
 * @returns {string[]}
 */
export function path(mailboxes, id) {
  const at = mailboxes.get(id);
  return at ? [...path(mailboxes, at.parentId ?? ''), at.name] : [];
}

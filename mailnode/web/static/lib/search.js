/** What is typed into the search box, as words with operators, and as a filter (RFC 8621, 4.4.1). */

import { day } from './dates.js';
import { path } from './tree.js';

/** @import { Mailbox } from './jmap/types.js' */

/**
 * @typedef {object} Term
 * @property {string} name of the operator; empty: words
 * @property {string} value
 * @property {boolean} negated
 * @property {string} raw as it was typed
 *
 * @typedef {{mailboxes: Map<string, Mailbox>, now: Date}} World
 */

const TERM = /(-)?(?:([a-z]+):("[^"]*"?|[^\s"]*)|("[^"]*"?|[^\s"]+))/gi;
export const OPERATORS = [
  'from', 'to', 'cc', 'subject', 'body', 'in', 'is', 'has', 'before', 'after', 'larger', 'smaller',
];
/** @type {Record<string, string[]>} */
export const CHOICES = {
  is: ['unread', 'read', 'starred', 'answered'],
  has: ['attachment'],
};

/**
 * The terms of a search.
 * @param {string} text
 * @returns {Term[]}
 */
export function parse(text) {
  return [...text.matchAll(TERM)].map(([raw, minus, operator, valued, words]) => {
    const value = valued ?? words ?? '';
    const name = operator?.toLowerCase() ?? '';
    const plain = value.replaceAll('"', '');
    if (!OPERATORS.includes(name)) {
      return { name: '', value: name ? `${operator}:${plain}` : plain, negated: Boolean(minus), raw };
    }
    return { name, value: plain, negated: Boolean(minus), raw };
  });
}

/** A term as one types it. @param {string} name @param {string} value */
export const typed = (name, value) =>
  `${name}${name && ':'}${/\s/.test(value) ? `"${value}"` : value}`;

/** @type {Record<string, [string, string]>} */
const KEYWORDS = {
  unread: ['notKeyword', '$seen'],
  read: ['hasKeyword', '$seen'],
  starred: ['hasKeyword', '$flagged'],
  flagged: ['hasKeyword', '$flagged'],
  answered: ['hasKeyword', '$answered'],
};

const FACTORS = { k: 1e3, m: 1e6, g: 1e9 };

/** Octets: `5M`. @param {string} value */
function octets(value) {
  const found = /^(\d+(?:\.\d+)?)([kmg])?b?$/i.exec(value);
  if (!found) return null;
  const factor = /** @type {keyof typeof FACTORS} */ (found[2]?.toLowerCase() ?? '');
  return Math.round(Number(found[1]) * (FACTORS[factor] ?? 1));
}

/**
 * A day: `2026`, `2026-05`, `2026-05-17`, or so long ago: `7d`, `2w`, `3m`, `1y`.
 * @param {string} value @param {Date} now
 * @returns {string | null} a UTCDate
 */
export function moment(value, now) {
  const date = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(value);
  if (date) return utc(new Date(Number(date[1]), Number(date[2] ?? 1) - 1, Number(date[3] ?? 1)));
  const ago = /^(\d{1,4})([dwmy])$/i.exec(value);
  if (!ago) return null;
  const count = Number(ago[1]);
  const then = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const unit = ago[2]?.toLowerCase();
  if (unit === 'm') then.setMonth(then.getMonth() - count);
  else if (unit === 'y') then.setFullYear(then.getFullYear() - count);
  else then.setDate(then.getDate() - count * (unit === 'w' ? 7 : 1));
  return utc(then);
}

/** @param {Date} date */
const utc = (date) => date.toISOString().replace(/\.\d+/, '');

/** A mailbox by role, name or path. @param {string} said @param {Map<string, Mailbox>} mailboxes */
function mailbox(said, mailboxes) {
  const wish = said.toLowerCase();
  return [...mailboxes.values()].find((each) => each.role === wish
    || each.name.toLowerCase() === wish
    || path(mailboxes, each.id).join('/').toLowerCase() === wish);
}

/**
 * The condition of a term; null if it means nothing to us.
 * @param {Term} term @param {World} world
 * @returns {Record<string, any> | null}
 */
function condition({ name, value }, { mailboxes, now }) {
  if (['from', 'to', 'cc', 'subject', 'body'].includes(name)) return { [name]: value };
  if (name === 'has') return value.startsWith('attach') ? { hasAttachment: true } : null;
  if (name === 'is') {
    const [key, keyword] = KEYWORDS[value.toLowerCase()] ?? [];
    return key ? { [key]: keyword } : null;
  }
  if (name === 'before' || name === 'after') {
    const date = moment(value, now);
    return date ? { [name]: date } : null;
  }
  if (name === 'larger' || name === 'smaller') {
    const size = octets(value);
    return size === null ? null : { [name === 'larger' ? 'minSize' : 'maxSize']: size };
  }
  const found = name === 'in' && mailbox(value, mailboxes);
  return found ? { inMailbox: found.id } : null;
}

/**
 * The filter of a search: all terms together; not in the trash or among spam unless `in:` says so.
 * @param {Term[]} terms @param {World} world
 * @returns {Record<string, any>}
 */
export function filter(terms, world) {
  const conditions = terms.filter(({ name, value }) => value && !anywhere(name, value)).map((term) => {
    const one = condition(term, world) ?? { text: term.raw.replace(/^-/, '').replaceAll('"', '') };
    return term.negated ? { operator: 'NOT', conditions: [one] } : one;
  });
  if (!terms.some(({ name, value, negated }) => name === 'in' && value && !negated)) {
    const hidden = [...world.mailboxes.values()]
      .filter(({ role }) => role === 'trash' || role === 'junk').map(({ id }) => id);
    if (hidden.length) conditions.push({ inMailboxOtherThan: hidden });
  }
  if (conditions.length === 1) return conditions[0] ?? {};
  return conditions.length ? { operator: 'AND', conditions } : {};
}

/** @param {string} name @param {string} value */
const anywhere = (name, value) => name === 'in' && value === 'anywhere';

/**
 * What could stand in place of the last word that is being typed.
 * @param {string} text
 * @param {{mailboxes: Map<string, Mailbox>, people: {name: string | null, email: string}[], now: Date}} world
 * @returns {{text: string, name: string, value: string}[]} the whole text with each
 */
export function suggestions(text, { mailboxes, people, now }) {
  const last = parse(text).at(-1);
  const open = /\s$/.test(text) || !last;
  const before = open ? text : text.slice(0, text.length - last.raw.length);
  const typing = open ? { name: '', value: '' } : last;
  return offered(typing, mailboxes, people, now).slice(0, 8).map(([name, value]) => ({
    text: `${before}${typed(name, value)}${value ? ' ' : ''}`, name, value,
  }));
}

/**
 * @param {{name: string, value: string}} typing @param {Map<string, Mailbox>} mailboxes
 * @param {{name: string | null, email: string}[]} people @param {Date} now
 * @returns {[string, string][]}
 */
function offered({ name, value }, mailboxes, people, now) {
  const wish = value.toLowerCase();
  const begins = (/** @type {string} */ each) => each.toLowerCase().startsWith(wish);
  if (name in CHOICES) return (CHOICES[name] ?? []).filter(begins).map((each) => [name, each]);
  if (name === 'in') {
    return [...[...mailboxes.values()].map((each) => each.role ?? path(mailboxes, each.id).join('/')), 'anywhere']
      .filter(begins).map((each) => [name, each]);
  }
  const known = people.filter((each) => `${each.name ?? ''} ${each.email}`.toLowerCase().includes(wish));
  if (name === 'from' || name === 'to') return known.map(({ email }) => [name, email]);
  if (name === 'before' || name === 'after') {
    const year = String(now.getFullYear());
    return [day(now), '7d', '1m', year].filter(begins).map((each) => [name, each]);
  }
  if (name) return [];
  /** @type {[string, string][]} */
  const operators = OPERATORS.filter((each) => each.startsWith(wish)).map((each) => [each, '']);
  return wish ? [...operators, ...known.slice(0, 4).map(({ email }) => /** @type {[string, string]} */ (['from', email]))]
    : [['is', 'unread'], ['is', 'starred'], ['has', 'attachment'], ['from', ''], ['in', ''], ['after', '7d']];
}

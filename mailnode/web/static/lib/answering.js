/** What an answer takes over from the message it answers (RFC 5322, 3.6). */

import { same, without } from './addresses.js';
import { distinct } from './people.js';

/** @import { Address, Email } from './jmap/types.js' */

const REFERENCES = 30;
/** Message ids of a long conversation that are carried on: the first and the latest. */

/**
 * The subject with a mark before it, once.
 * @param {string} mark such as `Re` @param {string} subject
 */
export function marked(mark, subject) {
  const bare = subject.replace(/^(?:(?:re|res|aw|sv|fwd?|enc|wg)(?:\[\d+\])?\s*:\s*)+/iu, '');
  return `${mark}: ${bare}`.trim();
}

/**
 * Whom an answer goes to: not oneself, unless one answers oneself.
 * @param {Email} one @param {Address[]} mine @param {boolean} everybody
 * @returns {{to: Address[], cc: Address[]}}
 */
export function recipients(one, mine, everybody) {
  const from = one.from ?? [];
  const own = from.some((each) => mine.some((me) => same(each, me)));
  const back = own ? one.to ?? [] : one.replyTo ?? from;
  if (!everybody) return { to: distinct(back), cc: [] };
  const others = own ? [] : one.to ?? [];
  const to = distinct([...without(back, own ? [] : mine), ...without(others, mine)]);
  const kept = to.length ? to : distinct(back);
  return { to: kept, cc: without(without(distinct(one.cc ?? []), mine), kept) };
}

/** Which of one's own addresses a message came to. @param {Email} one @param {Address[]} mine */
export function received(one, mine) {
  const came = [...one.to ?? [], ...one.cc ?? [], ...one.bcc ?? [], ...one.from ?? []];
  return mine.find((me) => came.some((each) => same(each, me)));
}

/** In-Reply-To and References of an answer (RFC 5322, 3.6.4). @param {Email} one */
export function chain(one) {
  const id = one.messageId ?? [];
  const all = [...new Set([...one.references ?? [], ...id])];
  const references = all.length > REFERENCES ? [...all.slice(0, 1), ...all.slice(1 - REFERENCES)] : all;
  return { inReplyTo: id, references };
}

/** Plain text as it is quoted. @param {string} text */
export const quoted = (text) => text.trimEnd().split(/\r?\n/)
  .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`)).join('\n');

/** Text that stands for itself in HTML. @param {string} text */
export const escaped = (text) => text.replace(/[&<>"]/g, (each) => `&#${each.codePointAt(0)};`);

/** Plain text as paragraphs of HTML. @param {string} text */
export const paragraphs = (text) => text.split(/\r?\n/)
  .map((line) => `<div>${escaped(line) || '<br>'}</div>`).join('');

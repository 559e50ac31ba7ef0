/** Addresses as people type them (RFC 5322, 3.4), and those that are not any. */

/** @import { Address } from './jmap/types.js' */

const ADDRESS = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/u;

/** Whether mail can be sent there, as far as its form says. @param {Address} address */
export const sendable = ({ email }) => ADDRESS.test(email);

/**
 * What is between commas or semicolons that are in no quotes and no brackets.
 * @param {string} text
 * @returns {string[]}
 */
export function pieces(text) {
  const found = [''];
  let quoted = false;
  let bracketed = false;
  for (const letter of text) {
    if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === '<' || letter === '>')) bracketed = letter === '<';
    if (/[,;\n]/.test(letter) && !quoted && !bracketed) found.push('');
    else found[found.length - 1] += letter;
  }
  return found.map((each) => each.trim()).filter(Boolean);
}

/** One address, with or without a name. @param {string} text @returns {Address} */
export function address(text) {
  const found = /^(?<name>.*)<(?<email>[^<>]*)>\s*$/su.exec(text);
  if (!found?.groups) return { name: null, email: text.replace(/^mailto:/i, '').trim() };
  const name = (found.groups.name ?? '').trim().replace(/^"(.*)"$/su, '$1').replace(/\\(.)/gsu, '$1');
  return { name: name || null, email: (found.groups.email ?? '').trim() };
}

/** All addresses in a text. @param {string} text */
export const addresses = (text) => pieces(text).map(address);

/** Whether two are the same person's. @param {Address} one @param {Address} other */
export const same = (one, other) => one.email.toLowerCase() === other.email.toLowerCase();

/** Those that are not among others. @param {Address[]} those @param {Address[]} others */
export const without = (those, others) => those.filter((each) => !others.some((other) => same(each, other)));

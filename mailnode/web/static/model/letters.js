/** A letter while it is written, and how it begins. */

import { signal } from '@preact/signals';
import { addresses } from '../lib/addresses.js';
import { chain, escaped, marked, paragraphs, quoted, received, recipients } from '../lib/answering.js';
import { medium } from '../lib/dates.js';
import { edited, pictured } from '../lib/draft.js';
import { language, t } from '../lib/i18n.js';
import { written } from '../lib/people.js';
import { identities, mine, needIdentities } from './identities.js';
import { jmap } from './session.js';

/** @import { Address, Email, Part } from '../lib/jmap/types.js' */
/** @import { Attached, Written } from '../lib/draft.js' */
/** @import { Composition } from './compose.js' */
/** @import { Identity } from './identities.js' */

/** @typedef {'clean' | 'changed' | 'saving' | 'saved' | 'failed'} Kept */
/** @typedef {Attached & {progress?: number, cancel?: () => void, failed?: boolean}} File */

const PARTS = ['partId', 'blobId', 'size', 'name', 'type', 'disposition', 'cid'];
const DRAFT = [
  'id', 'from', 'to', 'cc', 'bcc', 'replyTo', 'subject', 'inReplyTo', 'references',
  'textBody', 'htmlBody', 'bodyValues', 'attachments',
];

/** Everything that is known of one letter; each field a signal, so that only it is drawn again. */
export class Letter {
  /** @param {Composition} wanted */
  constructor(wanted) {
    this.wanted = wanted;
    this.to = signal(/** @type {Address[]} */ ([]));
    this.cc = signal(/** @type {Address[]} */ ([]));
    this.bcc = signal(/** @type {Address[]} */ ([]));
    this.subject = signal('');
    this.identity = signal(/** @type {Identity | null} */ (null));
    this.files = signal(/** @type {File[]} */ ([]));
    this.rich = signal(true);
    this.kept = signal(/** @type {Kept} */ ('clean'));
    this.complaint = signal('');
    this.chain = { inReplyTo: /** @type {string[]} */ ([]), references: /** @type {string[]} */ ([]) };
    /** The draft on the server, once there is one. */
    this.draft = '';
    /** What the editor begins with. */
    this.begun = { html: '', text: '' };
    /** What the editor has now; the view gives it. @type {() => {html: string, text: string}} */
    this.content = () => this.begun;
  }

  /** As it is now. @returns {Written} */
  written() {
    const identity = this.identity.value;
    const { html, text } = this.content();
    return {
      from: { name: identity?.name || null, email: identity?.email ?? '' },
      to: this.to.value,
      cc: this.cc.value,
      bcc: this.bcc.value,
      replyTo: identity?.replyTo ?? null,
      subject: this.subject.value,
      text,
      html: this.rich.value ? html : '',
      attached: this.files.value.filter(({ blobId }) => blobId),
      chain: this.chain,
    };
  }

  /** All who get it. */
  get everybody() {
    return [...this.to.value, ...this.cc.value, ...this.bcc.value];
  }

  /** Files that are still on their way. */
  get uploading() {
    return this.files.value.some(({ blobId, failed }) => !blobId && !failed);
  }
}

/** Begin a letter. @param {Composition} wanted @returns {Promise<Letter>} */
export async function begin(wanted) {
  await needIdentities();
  const letter = new Letter(wanted);
  letter.identity.value = identities.value[0] ?? null;
  if (wanted.to) letter.to.value = addresses(wanted.to);
  if (wanted.mode === 'draft') await goOn(letter);
  else if (wanted.email) await answer(letter, wanted.email);
  else letter.begun = signed(letter, { html: '', text: '' });
  return letter;
}

/** What stands below one's own words. @param {Letter} letter @param {{html: string, text: string}} below */
function signed(letter, below) {
  const { textSignature = '', htmlSignature = '' } = letter.identity.value ?? {};
  const html = htmlSignature || (textSignature && paragraphs(textSignature));
  const text = textSignature.trim();
  return {
    html: `<div><br></div>${html && `<div><br></div><div>${html}</div>`}${below.html && `<div><br></div>${below.html}`}`,
    text: `${text ? `\n\n-- \n${text}\n` : ''}${below.text && `\n\n${below.text}`}`,
  };
}

/** @param {Letter} letter @param {Email} one */
async function answer(letter, one) {
  const { mode } = letter.wanted;
  const [{ list: [whole] }, quote] = await Promise.all([
    jmap().call('Email/get', { ids: [one.id], bodyProperties: PARTS }),
    fetched(one.id),
  ]);
  const from = received(whole, mine.value);
  letter.identity.value = identities.value.find(({ email }) => email === from?.email) ?? letter.identity.value;
  const forward = mode === 'forward';
  letter.subject.value = marked(forward ? t('compose.fwd') : 'Re', whole.subject ?? '');
  if (!forward) {
    const { to, cc } = recipients(whole, mine.value, mode === 'replyAll');
    letter.to.value = to;
    letter.cc.value = cc;
  }
  letter.chain = chain(whole);
  const parts = /** @type {Part[]} */ (whole.attachments ?? []);
  const shown = new Set(pictured(quote.html));
  letter.files.value = parts.filter((part) => part.blobId && (forward || shown.has(part.blobId)))
    .map((part) => attached(part, shown.has(part.blobId ?? '')));
  letter.begun = signed(letter, forward ? forwarded(whole, quote) : replied(whole, quote));
}

/** @param {Part} part @param {boolean} inline @returns {File} */
const attached = ({ blobId, name, type, size }, inline) =>
  ({ blobId: blobId ?? '', name: name || t('attachment.unnamed'), type, size, inline });

/** @param {string} id @returns {Promise<{html: string, text: string}>} */
async function fetched(id) {
  const response = await jmap().reach(`/webmail/quote/${encodeURIComponent(id)}`, {});
  return response.json();
}

/** @param {Email} one @param {{html: string, text: string}} quote */
function replied(one, quote) {
  const who = (one.from ?? []).map(written).join(', ');
  const when = medium(one.sentAt ?? one.receivedAt, new Date(), language.value);
  const said = t('compose.wrote', { who, when });
  return {
    html: `<div>${escaped(said)}</div><blockquote type="cite">${quote.html || paragraphs(quote.text)}</blockquote>`,
    text: `${said}\n${quoted(quote.text)}\n`,
  };
}

/** @param {Email} one @param {{html: string, text: string}} quote */
function forwarded(one, quote) {
  const people = (/** @type {Address[] | null | undefined} */ those) => (those ?? []).map(written).join(', ');
  const head = [
    [t('compose.from'), people(one.from)],
    [t('compose.date'), medium(one.sentAt ?? one.receivedAt, new Date(), language.value)],
    [t('compose.subject'), one.subject ?? ''],
    [t('compose.to'), people(one.to)],
    [t('compose.cc'), people(one.cc)],
  ].filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`);
  const said = [`---------- ${t('compose.forwarded')} ----------`, ...head].join('\n');
  return {
    html: `${paragraphs(said)}<div><br></div>${quote.html || paragraphs(quote.text)}`,
    text: `${said}\n\n${quote.text}`,
  };
}

/**
 * The text of those parts that are of a type.
 * @param {{bodyValues: Record<string, {value: string}>}} whole @param {Part[]} parts @param {string} type
 */
function value({ bodyValues }, parts, type) {
  const texts = parts.filter((part) => part.type === type);
  return texts.map(({ partId }) => bodyValues[partId ?? '']?.value ?? '').join('\n');
}

/** Go on with a draft, whoever made it. @param {Letter} letter */
async function goOn(letter) {
  const { list: [whole] } = await jmap().call('Email/get', {
    ids: [letter.wanted.email?.id],
    properties: DRAFT,
    bodyProperties: PARTS,
    fetchTextBodyValues: true,
    fetchHTMLBodyValues: true,
  });
  if (!whole) throw new Error(t('compose.gone'));
  letter.draft = whole.id;
  letter.to.value = whole.to ?? [];
  letter.cc.value = whole.cc ?? [];
  letter.bcc.value = whole.bcc ?? [];
  letter.subject.value = whole.subject ?? '';
  letter.chain = { inReplyTo: whole.inReplyTo ?? [], references: whole.references ?? [] };
  const from = whole.from?.[0]?.email;
  letter.identity.value = identities.value.find(({ email }) => email === from) ?? letter.identity.value;
  const parts = /** @type {Part[]} */ (whole.attachments ?? []);
  const html = edited(value(whole, whole.htmlBody, 'text/html'), parts);
  const text = value(whole, whole.textBody, 'text/plain');
  letter.rich.value = Boolean(html);
  letter.begun = { html: html || paragraphs(text), text };
  const shown = new Set(pictured(html));
  letter.files.value = parts.filter(({ blobId }) => blobId).map((part) => attached(part, shown.has(part.blobId ?? '')));
}

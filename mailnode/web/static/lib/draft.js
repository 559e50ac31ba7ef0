/** A letter as the Email object that JMAP makes a message of (RFC 8621, 4.6). */

/** @import { Address, Part } from './jmap/types.js' */

/**
 * @typedef {object} Attached a file that the server has
 * @property {string} blobId
 * @property {string} name
 * @property {string} type
 * @property {number} size
 * @property {boolean} inline it is a picture in the text
 *
 * @typedef {object} Written
 * @property {Address} from
 * @property {Address[]} to
 * @property {Address[]} cc
 * @property {Address[]} bcc
 * @property {Address[] | null} replyTo
 * @property {string} subject
 * @property {string} text
 * @property {string} html empty: it is plain
 * @property {Attached[]} attached
 * @property {{inReplyTo: string[], references: string[]}} chain
 */

const PICTURE = '/webmail/part/';
/** Where a picture of the text is while it is written. */

/** The Content-ID of a picture. @param {string} blobId */
export const contentId = (blobId) => `${blobId.toLowerCase()}@picture`;

/** HTML whose pictures are parts of the message. @param {string} html @param {Attached[]} attached */
export function sent(html, attached) {
  return html.replace(/(<img\b[^>]*?\ssrc=")\/webmail\/part\/([^"?]+)[^"]*"/gi, (whole, before, id) => {
    const known = attached.some(({ blobId, inline }) => inline && blobId === decodeURIComponent(id));
    return known ? `${before}cid:${contentId(decodeURIComponent(id))}"` : whole;
  });
}

/** The same HTML as it is written on. @param {string} html @param {Part[]} parts */
export function edited(html, parts) {
  const places = new Map(parts.filter(({ cid }) => cid).map((part) => [part.cid, part.blobId ?? '']));
  return html.replace(/(<img\b[^>]*?\ssrc=")cid:([^"]+)"/gi, (whole, before, cid) => {
    const blobId = places.get(decodeURIComponent(cid));
    return blobId ? `${before}${PICTURE}${encodeURIComponent(blobId)}"` : whole;
  });
}

/** The pictures that the HTML shows. @param {string} html @returns {string[]} their blobIds */
export const pictured = (html) => [...html.matchAll(/<img\b[^>]*?\ssrc="\/webmail\/part\/([^"?]+)/gi)]
  .map(([, id]) => decodeURIComponent(id ?? ''));

/** @param {Attached} file */
const part = ({ blobId, name, type, inline }) => ({
  blobId,
  name,
  type,
  disposition: inline ? 'inline' : 'attachment',
  ...(inline ? { cid: contentId(blobId) } : {}),
});

/**
 * @param {Written} letter
 * @param {Record<string, boolean>} mailboxIds @param {Record<string, boolean>} keywords
 */
export function drafted(letter, mailboxIds, keywords) {
  const shown = new Set(pictured(letter.html));
  const attached = letter.attached.filter(({ inline, blobId }) => !inline || shown.has(blobId));
  const { inReplyTo, references } = letter.chain;
  return {
    mailboxIds,
    keywords,
    from: [letter.from],
    to: letter.to,
    cc: letter.cc.length ? letter.cc : null,
    bcc: letter.bcc.length ? letter.bcc : null,
    replyTo: letter.replyTo,
    subject: letter.subject,
    inReplyTo: inReplyTo.length ? inReplyTo : null,
    references: references.length ? references : null,
    textBody: [{ partId: 'text', type: 'text/plain' }],
    ...(letter.html ? { htmlBody: [{ partId: 'html', type: 'text/html' }] } : {}),
    attachments: attached.map(part),
    bodyValues: {
      text: { value: letter.text },
      ...(letter.html ? { html: { value: page(sent(letter.html, attached)) } } : {}),
    },
  };
}

/** @param {string} html */
const page = (html) => `<!doctype html><html><body>${html}</body></html>`;

/** Words that promise a file, in the languages of the page. */
const PROMISES = /\b(attach(ed|ment|ing)?|enclosed|anex(o|os|a|as|ado|ada|ei)|em anexo|segue anexo)\b/iu;

/** Whether a text of one's own promises a file. @param {string} text */
export const promises = (text) => PROMISES.test(text.split('\n')
  .filter((line) => !line.startsWith('>')).join('\n'));

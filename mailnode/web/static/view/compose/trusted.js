/** HTML that may enter the page: what DOMPurify lets pass, and nothing else. */

import DOMPurify from 'dompurify';

const OURS = /^(?:\/webmail\/part\/[\w%-]+|data:image\/(?:png|jpeg|gif|webp);base64,[\w+/=]+)$/;
/** Pictures of messages and of this letter; those from elsewhere would tell who reads. */
const LINKS = /^(?:https?:|mailto:|tel:|#)/i;

const BOOKMARK = /^squire-selection-(?:start|end)$/;
/** Where the cursor was: the editor marks it by hidden fields in what it can undo. */

const ALLOWED = {
  ALLOWED_TAGS: [
    'a', 'abbr', 'b', 'blockquote', 'br', 'caption', 'center', 'cite', 'code', 'col', 'colgroup', 'dd', 'del', 'div',
    'dl', 'dt', 'em', 'font', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'img', 'ins', 'kbd', 'li', 'ol', 'p',
    'pre', 'q', 's', 'small', 'span', 'strike', 'strong', 'sub', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th',
    'thead', 'tr', 'tt', 'u', 'ul',
  ],
  ALLOWED_ATTR: [
    'align', 'alt', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'cite', 'color', 'colspan', 'dir', 'face',
    'height', 'href', 'lang', 'rowspan', 'size', 'src', 'start', 'style', 'title', 'type', 'valign', 'width',
  ],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

DOMPurify.addHook('uponSanitizeAttribute', (_, said) => {
  const { attrName: name, attrValue: value } = said;
  if (name === 'src') said.keepAttr = OURS.test(value);
  else if (name === 'href') said.keepAttr = LINKS.test(value.trim());
  else if (name === 'style') said.keepAttr = !/url\s*\(|expression|@import|\\|position\s*:/i.test(value);
  else if (name === 'id') said.keepAttr = BOOKMARK.test(value);
});

/** @param {string} html @returns {DocumentFragment} */
export const harmless = (html) => DOMPurify.sanitize(html, { ...ALLOWED, RETURN_DOM_FRAGMENT: true });

const UNDONE = {
  ...ALLOWED,
  ALLOWED_TAGS: [...ALLOWED.ALLOWED_TAGS, 'input'],
  ALLOWED_ATTR: [...ALLOWED.ALLOWED_ATTR, 'id'],
};

/** @param {string} html @returns {string} */
const harmlessText = (html) => DOMPurify.sanitize(html, UNDONE);

/**
 * Whatever a library puts into the page as a string of HTML passes here first: the
 * policy that a browser asks when nobody has said that a string is to be trusted.
 */
const factory = /** @type {any} */ (globalThis).trustedTypes;
if (factory && !factory.defaultPolicy) factory.createPolicy('default', { createHTML: harmlessText });

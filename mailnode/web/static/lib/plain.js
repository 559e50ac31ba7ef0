/** A piece of a document as plain text, for those who read no HTML. */

const BLOCKS = new Set([
  'ADDRESS', 'ARTICLE', 'BLOCKQUOTE', 'DIV', 'DL', 'FOOTER', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6',
  'HEADER', 'LI', 'OL', 'P', 'PRE', 'SECTION', 'TABLE', 'TR', 'UL',
]);
const UNREAD = new Set(['STYLE', 'SCRIPT', 'HEAD', 'TITLE']);

/** A line that is being written, and those before it. */
class Lines {
  /** @type {string[]} */
  done = [];

  line = '';

  prefix = '';

  /** @param {string} text */
  say(text) {
    this.line += text;
  }

  end() {
    this.done.push((this.prefix + this.line).trimEnd());
    this.line = '';
  }

  /** A block begins or ends: what was said before stands on a line of its own. */
  apart() {
    if (this.line.trim()) this.end();
    this.line = '';
  }
}

/** @param {Node} node @param {Lines} lines @param {boolean} kept whether spaces stay as they are */
function walk(node, lines, kept) {
  if (node.nodeType === 3) {
    const text = node.nodeValue ?? '';
    const joined = kept ? text : text.replace(/[ \t\r\n]+/g, ' ');
    lines.say(lines.line || kept ? joined : joined.trimStart());
    return;
  }
  const name = node.nodeName;
  if (UNREAD.has(name)) return;
  if (name === 'BR') lines.end();
  else if (name === 'IMG') lines.say(/** @type {Element} */ (node).getAttribute('alt') ?? '');
  else if (name === 'TD' && lines.line) lines.say(' ');
  const block = BLOCKS.has(name);
  if (block) lines.apart();
  const before = lines.prefix;
  if (name === 'BLOCKQUOTE') lines.prefix += '> ';
  if (name === 'LI') lines.say(item(node));
  for (const child of node.childNodes) walk(child, lines, kept || name === 'PRE');
  if (block) lines.apart();
  lines.prefix = before;
  if (name === 'P') lines.done.push(before.trimEnd());
}

/** What stands before an item of a list. @param {Node} node */
function item(node) {
  const list = node.parentNode;
  if (list?.nodeName !== 'OL') return '- ';
  return `${[...list.childNodes].filter(({ nodeName }) => nodeName === 'LI').indexOf(/** @type {any} */ (node)) + 1}. `;
}

/** @param {Node} root @returns {string} */
export function plain(root) {
  const lines = new Lines();
  walk(root, lines, false);
  lines.apart();
  return `${lines.done.join('\n').replaceAll('\u00a0', ' ').replaceAll('\u200b', '').replace(/\n{4,}/g, '\n\n\n').trim()}\n`;
}

/** The bar of what a rich text can be: bold, a list, a quote, a link. */

import { useEffect, useState } from 'preact/hooks';
import { html } from '../../lib/html.js';
import { t } from '../../lib/i18n.js';
import { Dialog, IconButton } from '../controls.js';

/** @import Squire from 'squire-rte' */

/**
 * @typedef {object} Format
 * @property {string} icon
 * @property {string} label
 * @property {string} tag
 * @property {(editor: Squire) => void} on
 * @property {(editor: Squire) => void} off
 */

/** @type {Format[]} */
const FORMATS = [
  { icon: 'bold', label: 'compose.bold', tag: 'B', on: (e) => e.bold(), off: (e) => e.removeBold() },
  { icon: 'italic', label: 'compose.italic', tag: 'I', on: (e) => e.italic(), off: (e) => e.removeItalic() },
  { icon: 'underline', label: 'compose.underline', tag: 'U', on: (e) => e.underline(), off: (e) => e.removeUnderline() },
  { icon: 'list', label: 'compose.list', tag: 'UL', on: (e) => e.makeUnorderedList(), off: (e) => e.removeList() },
  { icon: 'numbers', label: 'compose.numbers', tag: 'OL', on: (e) => e.makeOrderedList(), off: (e) => e.removeList() },
  { icon: 'quote', label: 'compose.quote', tag: 'BLOCKQUOTE', on: (e) => e.increaseQuoteLevel(), off: (e) => e.decreaseQuoteLevel() },
];

/** @param {Squire} editor @param {string} tag */
function within(editor, tag) {
  if (editor.hasFormat(tag)) return true;
  return editor.getPath().split('>').some((each) => each.split(/[.#[]/)[0] === tag);
}

/** @param {{editor: Squire | null}} given */
export function Formatting({ editor }) {
  const [linking, setLinking] = useState(false);
  const [, look] = useState(0);
  useEffect(() => {
    if (!editor) return undefined;
    const again = () => look((n) => n + 1);
    for (const name of ['pathChange', 'select', 'cursor', 'input']) editor.addEventListener(name, again);
    return () => { for (const name of ['pathChange', 'select', 'cursor', 'input']) editor.removeEventListener(name, again); };
  }, [editor]);
  if (!editor) return null;
  const act = (/** @type {Format} */ { tag, on, off }) => () => {
    (within(editor, tag) ? off : on)(editor);
    editor.focus();
    look((n) => n + 1);
  };
  const keep = (/** @type {Event} */ event) => event.preventDefault(); // The selection stays where it is.
  return html`
    <div class="formatting" role="toolbar" aria-label=${t('compose.formatting')} onPointerDown=${keep}>
      ${FORMATS.map((each) => html`
        <${IconButton} key=${each.icon} icon=${each.icon} label=${t(each.label)} pressed=${within(editor, each.tag)} filled=${false} onClick=${act(each)} />`)}
      <${IconButton} icon="link" label=${t('compose.link')} pressed=${within(editor, 'A')} filled=${false} onClick=${() => setLinking(true)} />
      <${IconButton} icon="clear" label=${t('compose.clear')} onClick=${() => { editor.removeAllFormatting(); editor.focus(); }} />
    </div>
    ${linking && html`<${Linking} editor=${editor} onClose=${() => setLinking(false)} />`}`;
}

/** @param {{editor: Squire, onClose: () => void}} given */
function Linking({ editor, onClose }) {
  const [range] = useState(() => editor.getSelection().cloneRange());
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const said = event.target.elements.url.value.trim();
    const url = /^[a-z][a-z0-9+.-]*:/i.test(said) ? said : said.includes('@') ? `mailto:${said}` : `https://${said}`;
    onClose();
    editor.setSelection(range);
    if (!said) editor.removeLink();
    else if (/^(?:https?|mailto|tel):/i.test(url)) editor.makeLink(url);
    editor.focus();
  };
  return html`
    <${Dialog} title=${t('compose.link')} onClose=${onClose}>
      <form class="dialog-form" onSubmit=${submit}>
        <label class="field"><span>${t('compose.address')}</span><input class="input" name="url" autofocus autocomplete="off" spellcheck=${false} /></label>
        <div class="dialog-feet">
          <button type="button" class="button" onClick=${onClose}>${t('cancel')}</button>
          <button class="button primary">${t('compose.linkIt')}</button>
        </div>
      </form>
    <//>`;
}

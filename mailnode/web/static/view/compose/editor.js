/** Where the text is written: rich, by Squire, or plain. */

import Squire from 'squire-rte';
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../../lib/html.js';
import { plain } from '../../lib/plain.js';
import { t } from '../../lib/i18n.js';
import { harmless } from './trusted.js';

/** @import { Letter } from '../../model/letters.js' */

/**
 * @param {{letter: Letter, focused: boolean, onChange: () => void, onFiles: (files: File[]) => void,
 *   onReady: (editor: Squire | null) => void}} given
 */
export function RichText({ letter, focused, onChange, onFiles, onReady }) {
  const root = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (root.current);
    const editor = new Squire(element, { sanitizeToDOMFragment: harmless });
    editor.setHTML(letter.begun.html);
    editor.moveCursorToStart();
    letter.content = () => ({ html: editor.getHTML(), text: plain(element) });
    let before = editor.getHTML();
    const changed = () => {
      letter.begun = letter.content();
      if (letter.begun.html === before) return; // What it begins with is no change.
      before = letter.begun.html;
      onChange();
    };
    editor.addEventListener('input', changed);
    editor.addEventListener('pasteImage', (event) => {
      const pasted = /** @type {CustomEvent<{clipboardData: DataTransfer}>} */ (event).detail.clipboardData;
      onFiles([...pasted.files]);
    });
    onReady(editor);
    if (focused) editor.focus();
    return () => {
      letter.content = () => letter.begun;
      onReady(null);
      editor.destroy();
    };
  }, [letter]);
  return html`<div class="editor" ref=${root} role="textbox" aria-multiline="true" aria-label=${t('compose.text')} spellcheck></div>`;
}

/** @param {{letter: Letter, focused: boolean, onChange: () => void}} given */
export function PlainText({ letter, focused, onChange }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useEffect(() => {
    const element = /** @type {HTMLTextAreaElement} */ (area.current);
    element.value = letter.begun.text;
    letter.content = () => ({ html: '', text: element.value });
    if (!focused) return;
    element.focus();
    element.setSelectionRange(0, 0);
  }, [letter]);
  const changed = () => {
    letter.begun = letter.content();
    onChange();
  };
  return html`<textarea class="editor plain" ref=${area} aria-label=${t('compose.text')} spellcheck onInput=${changed}></textarea>`;
}

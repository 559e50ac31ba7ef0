/** One letter in its window: to whom, about what, the text, and what becomes of it. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { paragraphs } from '../../lib/answering.js';
import { classes, html } from '../../lib/html.js';
import { t } from '../../lib/i18n.js';
import { closeCompose } from '../../model/compose.js';
import { keep, touched } from '../../model/drafts.js';
import { identities } from '../../model/identities.js';
import { phone } from '../../model/layout.js';
import { IconButton } from '../controls.js';
import { PlainText, RichText } from './editor.js';
import { attach, Files } from './files.js';
import { Feet } from './feet.js';
import { Formatting } from './formatting.js';
import { Recipients } from './recipients.js';

/** @import Squire from 'squire-rte' */
/** @import { Letter } from '../../model/letters.js' */

/** Close the window; what was written stays as a draft. @param {Letter} letter */
async function close(letter) {
  await keep(letter);
  if (letter.kept.value !== 'failed') closeCompose(letter.wanted.key);
}

/** @param {{letter: Letter, small: boolean, setSmall: (small: boolean) => void, large: boolean, setLarge: (large: boolean) => void}} given */
const Head = ({ letter, small, setSmall, large, setLarge }) => html`
  <header class="composer-head">
    <h2 class="cut" onClick=${() => { if (small) setSmall(false); }}>${letter.subject.value || t('compose.letter')}</h2>
    ${!phone.value && html`
      <${IconButton} icon=${small ? 'up' : 'minus'} label=${small ? t('compose.open') : t('compose.minimise')} onClick=${() => setSmall(!small)} />
      ${!small && html`<${IconButton} icon=${large ? 'shrink' : 'grow'} label=${large ? t('compose.smaller') : t('compose.larger')} onClick=${() => setLarge(!large)} />`}`}
    <${IconButton} icon="close" label=${t('compose.close')} onClick=${() => void close(letter)} />
  </header>`;

/** @param {{letter: Letter, onChange: () => void}} given */
function Fields({ letter, onChange }) {
  const [more, setMore] = useState(letter.cc.value.length + letter.bcc.value.length > 0);
  const set = (/** @type {'to' | 'cc' | 'bcc'} */ name) => (/** @type {any} */ value) => {
    letter[name].value = value;
    onChange();
  };
  const write = (/** @type {any} */ event) => {
    letter.subject.value = event.target.value;
    onChange();
  };
  const choose = (/** @type {any} */ event) => {
    letter.identity.value = identities.value.find(({ id }) => id === event.target.value) ?? null;
    onChange();
  };
  return html`
    ${identities.value.length > 1 && html`
      <label class="compose-field"><span>${t('compose.from')}</span>
        <select class="compose-identity" value=${letter.identity.value?.id} onChange=${choose}>
          ${identities.value.map(({ id, name, email }) => html`<option key=${id} value=${id}>${name ? `${name} <${email}>` : email}</option>`)}
        </select></label>`}
    <${Recipients} label=${t('compose.to')} value=${letter.to.value} onChange=${set('to')} focused=${!letter.to.value.length}>
      ${!more && html`<button type="button" class="button quiet small" onClick=${() => setMore(true)}>${t('compose.copies')}</button>`}
    <//>
    ${more && html`
      <${Recipients} label=${t('compose.cc')} value=${letter.cc.value} onChange=${set('cc')} focused=${!letter.cc.value.length && !letter.bcc.value.length && letter.to.value.length > 0} />
      <${Recipients} label=${t('compose.bcc')} value=${letter.bcc.value} onChange=${set('bcc')} />`}
    <label class="compose-field"><span>${t('compose.subject')}</span>
      <input value=${letter.subject.value} onInput=${write} autocomplete="off" spellcheck /></label>`;
}

/**
 * Files that are dragged over a window or pasted into it.
 * @param {Letter} letter @param {() => void} onChange @param {Squire | null} editor
 */
function useFiles(letter, onChange, editor) {
  const [over, setOver] = useState(false);
  const picture = (/** @type {string} */ blobId, /** @type {string} */ name) =>
    editor?.insertImage(`/webmail/part/${encodeURIComponent(blobId)}`, { alt: name });
  const take = (/** @type {File[]} */ files, /** @type {boolean} */ inline) =>
    void attach(letter, files, onChange, inline && letter.rich.value ? picture : undefined);
  const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files');
  return {
    over,
    take,
    drag: {
      onDragOver: (/** @type {DragEvent} */ event) => {
        if (!carries(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop: (/** @type {DragEvent} */ event) => {
        if (!carries(event)) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        take([...event.dataTransfer?.files ?? []], false);
      },
    },
  };
}

/** @param {{letter: Letter}} given */
export function Composer({ letter }) {
  const [small, setSmall] = useState(false);
  const [large, setLarge] = useState(false);
  const [editor, setEditor] = useState(/** @type {Squire | null} */ (null));
  const section = useRef(/** @type {HTMLElement | null} */ (null));
  const changed = () => touched(letter);
  const { over, take, drag } = useFiles(letter, changed, editor);
  useLeaving(letter);
  const focused = letter.to.value.length > 0;
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) void close(letter);
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      /** @type {HTMLButtonElement | null | undefined} */ (section.current?.querySelector('.send'))?.click();
    }
  };
  const turn = () => {
    const now = letter.content();
    letter.begun = letter.rich.value ? { html: '', text: now.text } : { html: paragraphs(now.text), text: now.text };
    letter.rich.value = !letter.rich.value;
    changed();
  };
  const text = letter.rich.value
    ? html`<${RichText} letter=${letter} focused=${focused} onChange=${changed} onReady=${setEditor} onFiles=${(/** @type {File[]} */ files) => take(files, true)} />`
    : html`<${PlainText} letter=${letter} focused=${focused} onChange=${changed} />`;
  return html`
    <section ref=${section} class=${classes('composer', small && 'small', large && 'large', over && 'over')}
      aria-label=${letter.subject.value || t('compose.letter')} onKeyDown=${onKeyDown} ...${drag}>
      <${Head} letter=${letter} small=${small} setSmall=${setSmall} large=${large} setLarge=${setLarge} />
      <div class="composer-inside" hidden=${small}>
        <${Fields} letter=${letter} onChange=${changed} />
        <div class="composer-text">${text}<${Files} letter=${letter} onChange=${changed} /></div>
        ${letter.complaint.value && html`<p class="notice failed" role="alert">${letter.complaint.value}</p>`}
        ${letter.rich.value && html`<${Formatting} editor=${editor} />`}
        <${Feet} letter=${letter} onTurn=${turn} onFiles=${(/** @type {File[]} */ files) => take(files, false)} />
      </div>
      ${over && html`<div class="composer-drop">${t('compose.drop')}</div>`}
    </section>`;
}

/** Ask before the page is left with something that is nowhere else. @param {Letter} letter */
function useLeaving(letter) {
  useEffect(() => {
    const leaving = (/** @type {BeforeUnloadEvent} */ event) => {
      if (['changed', 'saving', 'failed'].includes(letter.kept.value)) event.preventDefault();
    };
    addEventListener('beforeunload', leaving);
    return () => removeEventListener('beforeunload', leaving);
  }, [letter]);
}

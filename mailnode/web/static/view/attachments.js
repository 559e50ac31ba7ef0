/** What is attached: seen small, opened, or taken home. */

import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { size, t } from '../lib/i18n.js';
import { jmap } from '../model/session.js';
import { Dialog } from './controls.js';
import { Icon } from './icons.js';

/** @import { Email, Part } from '../lib/jmap/types.js' */

const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
/** What a browser shows without danger. */
const SMALL = 8_000_000;
/** Octets: a picture up to here is worth fetching for a look. */

/** @param {Part} part */
const named = (part) => part.name || t('attachment.unnamed');

/** @param {Part} part */
const picture = (part) => PICTURES.has(part.type) && part.size <= SMALL;

/** The letters after the last dot, for the eye. @param {Part} part */
function ending(part) {
  const found = /\.([a-z0-9]{1,5})$/i.exec(part.name ?? '');
  return (found?.[1] ?? part.type.split('/')[1] ?? '').slice(0, 5).toUpperCase();
}

/** @param {{part: Part, onLook: () => void}} given */
const Attachment = ({ part, onLook }) => html`
  <li class="attachment">
    ${picture(part)
      ? html`<button type="button" class="attachment-look" aria-label=${t('attachment.look', { name: named(part) })} onClick=${onLook}>
          <img src=${jmap().download(part)} alt="" loading="lazy" /></button>`
      : html`<span class="attachment-kind" aria-hidden="true">${ending(part) || html`<${Icon} name="file" />`}</span>`}
    <span class="attachment-words">
      <span class="cut" title=${named(part)}>${named(part)}</span>
      <span class="attachment-size">${size(part.size)}</span>
    </span>
    <a class="icon-button" href=${jmap().download(part)} download=${named(part)} title=${t('attachment.save')}
      aria-label=${t('attachment.saveNamed', { name: named(part) })}><${Icon} name="download" /></a>
  </li>`;

/** @param {{one: Email}} given */
export function Attachments({ one }) {
  const [looked, setLooked] = useState(/** @type {Part | null} */ (null));
  const parts = (one.attachments ?? []).filter((part) => !(part.disposition === 'inline' && part.cid));
  if (!parts.length) return null;
  return html`
    <section class="attachments" aria-label=${t('attachment.all', { n: parts.length })}>
      <h3>${t('attachment.all', { n: parts.length })} <span>${size(parts.reduce((sum, part) => sum + part.size, 0))}</span></h3>
      <ul>${parts.map((part) => html`
        <${Attachment} key=${part.blobId} part=${part} onLook=${() => setLooked(part)} />`)}</ul>
    </section>
    ${looked && html`
      <${Dialog} class="wide" title=${named(looked)} onClose=${() => setLooked(null)}>
        <img class="attachment-large" src=${jmap().download(looked)} alt=${named(looked)} />
        <div class="dialog-feet"><a class="button" href=${jmap().download(looked)} download=${named(looked)}>
          <${Icon} name="download" /> ${t('attachment.save')}</a></div>
      <//>`}`;
}

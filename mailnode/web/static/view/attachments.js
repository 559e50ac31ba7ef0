/** What is attached: seen small, opened, or taken home. */

import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { size, t } from '../lib/i18n.js';
import { ending, listed, look, small } from '../lib/parts.js';
import { zip } from '../lib/zip.js';
import { complain } from '../model/actions.js';
import { embedded } from '../model/embedded.js';
import { jmap } from '../model/session.js';
import { Icon } from './icons.js';
import { Viewer } from './viewer.js';

/** @import { Email, Part } from '../lib/jmap/types.js' */

const TOGETHER = 100_000_000;
/** Octets that are put into one archive; it is made in the memory of the page. */
const KEPT = 60_000;
/** Milliseconds after which the browser has taken an archive. */

/** @param {Part} part */
const named = (part) => part.name || t('attachment.unnamed');

/** @param {{part: Part}} given */
const Face = ({ part }) => (small(part)
  ? html`<img src=${jmap().download(part)} alt="" loading="lazy" />`
  : html`${ending(part) || html`<${Icon} name="file" />`}`);

/** @param {{part: Part, onLook: () => void}} given */
const Attachment = ({ part, onLook }) => html`
  <li class="attachment">
    ${look(part)
    ? html`<button type="button" class="attachment-open" title=${named(part)} onClick=${onLook}>
        <span class="unseen">${t('attachment.look', { name: named(part) })}</span>
        <span class="attachment-look" aria-hidden="true"><${Face} part=${part} /></span><${Words} part=${part} hidden /></button>`
    : html`<span class="attachment-look" aria-hidden="true"><${Face} part=${part} /></span><${Words} part=${part} />`}
    <a class="icon-button" href=${jmap().download(part)} download=${named(part)} title=${t('attachment.save')}
      aria-label=${t('attachment.saveNamed', { name: named(part) })}><${Icon} name="download" /></a>
  </li>`;

/** @param {{part: Part, hidden?: boolean}} given hidden where the button has said it */
const Words = ({ part, hidden }) => html`
  <span class="attachment-words" aria-hidden=${hidden}>
    <span class="cut" title=${named(part)}>${named(part)}</span>
    <span class="attachment-size">${size(part.size)}</span>
  </span>`;

/** Put them all into one archive. @param {Email} one @param {Part[]} parts */
async function saveAll(one, parts) {
  const files = await Promise.all(parts.map(async (part) => {
    const response = await jmap().reach(jmap().download(part), {});
    return { name: named(part), octets: new Uint8Array(await response.arrayBuffer()) };
  }));
  const url = URL.createObjectURL(new Blob(zip(files, new Date(one.receivedAt)), { type: 'application/zip' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${(one.subject || t('attachment.archive')).slice(0, 80)}.zip`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT);
}

/** @param {{one: Email, parts: Part[]}} given */
function SaveAll({ one, parts }) {
  const [busy, setBusy] = useState(false);
  const act = () => {
    setBusy(true);
    saveAll(one, parts).catch(complain).finally(() => setBusy(false));
  };
  return html`<button type="button" class="button quiet small" disabled=${busy} onClick=${act}>
    ${t(busy ? 'attachment.saving' : 'attachment.saveAll')}</button>`;
}

/** @param {{one: Email}} given */
export function Attachments({ one }) {
  const [looked, setLooked] = useState(/** @type {Part | null} */ (null));
  const parts = listed(one.attachments ?? [], embedded.value.get(one.id));
  if (!parts.length) return null;
  const octets = parts.reduce((sum, part) => sum + part.size, 0);
  const seen = parts.filter(look);
  return html`
    <section class="attachments" aria-label=${t('attachment.all', { n: parts.length })}>
      <div class="attachments-head">
        <h3>${t('attachment.all', { n: parts.length })} <span>${size(octets)}</span></h3>
        ${parts.length > 1 && octets <= TOGETHER && html`<${SaveAll} one=${one} parts=${parts} />`}
      </div>
      <ul>${parts.map((part) => html`
        <${Attachment} key=${part.blobId} part=${part} onLook=${() => setLooked(part)} />`)}</ul>
    </section>
    ${looked && html`<${Viewer} parts=${seen} first=${seen.indexOf(looked)} onClose=${() => setLooked(null)} />`}`;
}

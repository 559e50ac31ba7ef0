/** What is attached, large: pictures, PDF and plain text, one after the other. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { classes, html } from '../lib/html.js';
import { number, t } from '../lib/i18n.js';
import { look } from '../lib/parts.js';
import { complain } from '../model/actions.js';
import { jmap } from '../model/session.js';
import { Dialog, IconButton, Spinner } from './controls.js';
import { Icon } from './icons.js';

/** @import { Part } from '../lib/jmap/types.js' */

const SHOWN = 2 ** 20;
/** Octets of a text that are shown. */
const ZOOMS = [0, 0.5, 1, 1.5, 2, 3, 4];
/** 0: as large as fits. */

/** @param {{part: Part, zoom: number, onZoom: (zoom: number) => void}} given */
function Picture({ part, zoom, onZoom }) {
  const [width, setWidth] = useState(0);
  const style = zoom ? { inlineSize: `${width * zoom}px` } : undefined;
  return html`
    <div class="viewer-scroll" tabindex="0" role="region" aria-label=${part.name ?? t('attachment.unnamed')}>
      <img class=${classes('viewer-picture', zoom > 0 && 'zoomed')} style=${style} src=${jmap().download(part)} alt=${part.name ?? ''}
        onLoad=${(/** @type {Event} */ event) => setWidth(/** @type {HTMLImageElement} */ (event.currentTarget).naturalWidth)}
        onClick=${() => onZoom(zoom ? 0 : 1)} />
    </div>`;
}

/** @param {{part: Part}} given */
function Text({ part }) {
  const [text, setText] = useState(/** @type {string | null} */ (null));
  useEffect(() => {
    let wanted = true;
    const url = jmap().download({ ...part, type: 'text/plain; charset=utf-8' });
    jmap().reach(url, {}).then((response) => response.blob())
      .then((blob) => blob.slice(0, SHOWN).text()).then((said) => { if (wanted) setText(said); }, complain);
    return () => { wanted = false; };
  }, [part.blobId]);
  return text === null ? html`<div class="viewer-scroll"><${Spinner} /></div>`
    : html`<div class="viewer-scroll viewer-paper" tabindex="0" role="region" aria-label=${part.name ?? ''}><pre>${text}</pre></div>`;
}

/** @param {{part: Part}} given */
const Unseen = ({ part }) => html`
  <div class="viewer-scroll"><div class="empty"><${Icon} name="file" /><p>${t('attachment.cannot')}</p>
    <a class="button" href=${jmap().download(part)} download=${part.name ?? ''}><${Icon} name="download" /> ${t('attachment.save')}</a></div></div>`;

/** @param {{part: Part, zoom: number, onZoom: (zoom: number) => void}} given */
function Shown({ part, zoom, onZoom }) {
  const kind = look(part);
  if (kind === 'picture') return html`<${Picture} part=${part} zoom=${zoom} onZoom=${onZoom} />`;
  if (kind === 'text') return html`<${Text} part=${part} />`;
  if (kind === 'pdf' && navigator.pdfViewerEnabled) {
    return html`<iframe class="viewer-frame" src=${jmap().download(part)} title=${part.name ?? t('attachment.unnamed')}></iframe>`;
  }
  return html`<${Unseen} part=${part} />`;
}

/** @param {{zoom: number, onZoom: (zoom: number) => void}} given */
function Zoom({ zoom, onZoom }) {
  const at = ZOOMS.indexOf(zoom);
  return html`
    <${IconButton} icon="minus" label=${t('viewer.smaller')} disabled=${at <= 0} onClick=${() => onZoom(ZOOMS[at - 1] ?? 0)} />
    <span class="viewer-zoom" role="status">${zoom ? `${number(zoom * 100)} %` : t('viewer.fit')}</span>
    <${IconButton} icon="plus" label=${t('viewer.larger')} disabled=${at >= ZOOMS.length - 1} onClick=${() => onZoom(ZOOMS[at + 1] ?? 1)} />`;
}

/** @param {{parts: Part[], first: number, onClose: () => void}} given */
export function Viewer({ parts, first, onClose }) {
  const [at, setAt] = useState(first);
  const [zoom, setZoom] = useState(0);
  const part = parts[at];
  const turn = (/** @type {number} */ step) => {
    setAt(Math.max(0, Math.min(parts.length - 1, at + step)));
    setZoom(0);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const rtl = document.documentElement.dir === 'rtl' ? -1 : 1;
    const zoomTo = (/** @type {number} */ step) => setZoom(ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, ZOOMS.indexOf(zoom) + step))] ?? 0);
    if (event.key === 'ArrowRight' && !zoom) turn(rtl);
    else if (event.key === 'ArrowLeft' && !zoom) turn(-rtl);
    else if (event.key === '+' || event.key === '=') zoomTo(1);
    else if (event.key === '-') zoomTo(-1);
    else if (event.key === '0') setZoom(0);
    else return;
    event.preventDefault();
  };
  // A button that can no longer be pressed loses the focus: keys are heard wherever it is.
  const keyed = useRef(onKeyDown);
  keyed.current = onKeyDown;
  useEffect(() => {
    const hear = (/** @type {KeyboardEvent} */ event) => keyed.current(event);
    addEventListener('keydown', hear);
    return () => removeEventListener('keydown', hear);
  }, []);
  if (!part) return null;
  const name = part.name || t('attachment.unnamed');
  return html`
    <${Dialog} class="viewer" title=${name} onClose=${onClose}>
      <div class="viewer-bar">
        ${parts.length > 1 && html`
          <${IconButton} icon="chevron" class="viewer-before" label=${t('viewer.previous')} disabled=${at === 0} onClick=${() => turn(-1)} />
          <span class="viewer-place" role="status">${t('viewer.place', { n: at + 1, all: parts.length })}</span>
          <${IconButton} icon="chevron" label=${t('viewer.next')} disabled=${at === parts.length - 1} onClick=${() => turn(1)} />`}
        <span class="toolbar-space"></span>
        ${look(part) === 'picture' && html`<${Zoom} zoom=${zoom} onZoom=${setZoom} />`}
        <a class="icon-button" href=${jmap().download(part)} download=${name} title=${t('attachment.save')}
          aria-label=${t('attachment.saveNamed', { name })}><${Icon} name="download" /></a>
      </div>
      <div class="viewer-inside"><${Shown} key=${part.blobId} part=${part} zoom=${zoom} onZoom=${setZoom} /></div>
    <//>`;
}

/** What a message says: a document of its own, in a frame that runs no scripts. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { classes, html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { openCompose } from '../model/compose.js';
import { noteEmbedded } from '../model/embedded.js';
import { pressed } from '../model/keys.js';
import { dark } from '../model/layout.js';
import { preferences, trust } from '../model/preferences.js';
import { Icon } from './icons.js';

/** @import { Email } from '../lib/jmap/types.js' */

const SANDBOX = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox';
/** No scripts, ever; the same origin, so that we can measure it from outside. */

/** @param {Email} one */
const senderOf = (one) => one.from?.[0]?.email.toLowerCase() ?? '';

/** @param {Email} one */
const trusted = (one) => preferences.value.images === 'always'
  || preferences.value.trusted.includes(senderOf(one));

/** Keys pressed inside are keys of the page. @param {KeyboardEvent} event */
function keyed(event) {
  const field = event.target instanceof Element && event.target.closest('input, textarea');
  if (!field) pressed(event);
}

/** An address is written to here, not elsewhere. @param {MouseEvent} event */
function clicked(event) {
  const target = /** @type {Element | null} */ (event.target);
  const link = target?.closest?.('a[href^="mailto:" i]');
  if (!link) return;
  event.preventDefault();
  const [to = ''] = (link.getAttribute('href') ?? '').slice('mailto:'.length).split('?');
  openCompose({ mode: 'new', to: decodeURIComponent(to) });
}

/**
 * As tall as what is in it, as long as that changes.
 * @param {HTMLIFrameElement} frame
 * @returns {() => void} what ends it
 */
function fitted(frame) {
  const inside = frame.contentDocument;
  if (!inside?.body) return () => {};
  const fit = () => {
    const bar = inside.documentElement.scrollWidth > inside.documentElement.clientWidth ? 16 : 0;
    // Not the body's: the margins of what comes first and last in it are outside of it (CSS 2.2, 8.3.1).
    frame.style.height = `${Math.ceil(inside.documentElement.getBoundingClientRect().height) + bar}px`;
  };
  const watcher = new ResizeObserver(fit);
  watcher.observe(inside.body);
  watcher.observe(inside.documentElement);
  inside.addEventListener('keydown', keyed);
  inside.addEventListener('click', clicked);
  fit();
  return () => watcher.disconnect();
}

/** @param {{one: Email, onShow: () => void}} given */
const Images = ({ one, onShow }) => html`
  <div class="images-bar">
    <${Icon} name="image" /><span>${t('images.hidden')}</span>
    <button type="button" class="button quiet small" onClick=${onShow}>${t('images.show')}</button>
    <button type="button" class="button quiet small"
      onClick=${() => trust(senderOf(one))}>${t('images.always')}</button>
  </div>`;

/** @param {{one: Email}} given */
export function Body({ one }) {
  const frame = useRef(/** @type {HTMLIFrameElement | null} */ (null));
  const ending = useRef(() => {});
  const [shown, setShown] = useState(false);
  const [state, setState] = useState({ ready: false, blocked: false, light: false });
  const images = shown || trusted(one) ? 1 : 0;
  const source = `/webmail/body/${encodeURIComponent(one.id)}?images=${images}&dark=${dark.value ? 1 : 0}`;
  useEffect(() => () => ending.current(), []);
  const loaded = () => {
    ending.current();
    const inside = frame.current?.contentDocument;
    if (!frame.current || !inside?.body) return;
    setState({
      ready: true,
      blocked: Number(inside.body.dataset.blocked ?? 0) > 0,
      light: 'light' in inside.documentElement.dataset,
    });
    noteEmbedded(one.id, inside);
    ending.current = fitted(frame.current);
  };
  return html`
    ${state.blocked && !images && html`<${Images} one=${one} onShow=${() => setShown(true)} />`}
    <div class=${classes('body', state.light && dark.value && 'light', !state.ready && 'waiting')}>
      <iframe ref=${frame} src=${source} sandbox=${SANDBOX} data-email=${one.id} title=${t('message.text')}
        loading="eager" referrerpolicy="no-referrer" onLoad=${loaded}></iframe>
    </div>`;
}

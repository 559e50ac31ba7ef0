/** How the page looks, and how it behaves. */

import { html } from '../../lib/html.js';
import { LANGUAGES, language, t } from '../../lib/i18n.js';
import { prefer, preferences } from '../../model/preferences.js';
import { Icon } from '../icons.js';

const SECONDS = [0, 5, 10, 20, 30];

/** @param {{label: string, hint?: string, value: string | number, choices: [string | number, string][], onChoose: (value: string) => void}} given */
const Choice = ({ label, hint, value, choices, onChoose }) => html`
  <label class="setting"><span class="setting-words">${label}${hint && html`<small>${hint}</small>`}</span>
    <select class="input" value=${value} onChange=${(/** @type {any} */ event) => onChoose(event.target.value)}>
      ${choices.map(([each, name]) => html`<option key=${each} value=${each} selected=${each === value}>${name}</option>`)}
    </select></label>`;

/** @param {{label: string, hint?: string, on: boolean, onChange: (on: boolean) => void}} given */
export const Switch = ({ label, hint, on, onChange }) => html`
  <label class="setting"><span class="setting-words">${label}${hint && html`<small>${hint}</small>`}</span>
    <input type="checkbox" role="switch" checked=${on} onChange=${(/** @type {any} */ event) => onChange(event.target.checked)} /></label>`;

export function Appearance() {
  const { theme, threads, layout, density, undoSend, images, trusted } = preferences.value;
  return html`
    <div class="settings-card">
      <${Choice} label=${t('settings.theme')} value=${theme} onChoose=${(/** @type {any} */ each) => prefer({ theme: each })}
        choices=${['system', 'light', 'dark'].map((each) => [each, t(`theme.${each}`)])} />
      <${Choice} label=${t('settings.language')} value=${language.value} choices=${LANGUAGES} onChoose=${(/** @type {any} */ each) => prefer({ language: each })} />
      <${Choice} label=${t('settings.layout')} value=${layout} onChoose=${(/** @type {any} */ each) => prefer({ layout: each })}
        choices=${['columns', 'below', 'list'].map((each) => [each, t(`layout.${each}`)])} />
      <${Choice} label=${t('settings.density')} value=${density} onChoose=${(/** @type {any} */ each) => prefer({ density: each })}
        choices=${['comfortable', 'compact'].map((each) => [each, t(`density.${each}`)])} />
      <${Switch} label=${t('threads.on')} hint=${t('settings.threadsHint')} on=${threads} onChange=${(/** @type {boolean} */ on) => prefer({ threads: on })} />
    </div>
    <div class="settings-card">
      <${Choice} label=${t('settings.undo')} hint=${t('settings.undoHint')} value=${undoSend} onChoose=${(/** @type {string} */ each) => prefer({ undoSend: Number(each) })}
        choices=${SECONDS.map((n) => [n, n ? t('settings.seconds', { n }) : t('settings.never')])} />
      <${Switch} label=${t('settings.images')} hint=${t('settings.imagesHint')} on=${images === 'always'}
        onChange=${(/** @type {boolean} */ on) => prefer({ images: on ? 'always' : 'ask' })} />
      ${trusted.length > 0 && html`
        <div class="setting-list"><h3>${t('settings.trusted')}</h3><ul class="chips">${trusted.map((each) => html`
          <li key=${each} class="chip">${each} <button type="button" aria-label=${t('compose.remove', { name: each })}
            onClick=${() => prefer({ trusted: trusted.filter((other) => other !== each) })}><${Icon} name="close" /></button></li>`)}</ul></div>`}
    </div>`;
}

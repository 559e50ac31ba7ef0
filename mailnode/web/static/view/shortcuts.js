/** The card with all shortcuts. */

import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { allShortcuts, registered } from '../model/keys.js';
import { help } from '../model/layout.js';
import { Dialog } from './controls.js';

const GROUPS = ['keys.group.move', 'keys.group.act', 'keys.group.go', 'keys.group.write'];
/** @type {Record<string, string>} */
const NAMES = { ArrowDown: '↓', ArrowUp: '↑', Enter: '↵', Escape: 'Esc', Delete: 'Del' };

/** @param {{keys: string}} given */
const Keys = ({ keys }) => html`
  <span class="keys">${keys.split(' ').map((key, place) => html`
    ${place > 0 && html`<span>${t('keys.then')}</span>`}<kbd>${NAMES[key] ?? key}</kbd>`)}</span>`;

/** Shortcuts that do the same, under one label. @param {import('../model/keys.js').Shortcut[]} those */
const byLabel = (those) => [...Map.groupBy(those, ({ label }) => label)];

export function ShortcutCard() {
  void registered.value;
  const all = Map.groupBy(allShortcuts(), ({ group }) => group);
  return html`
    <${Dialog} class="wide" title=${t('help')} onClose=${() => { help.value = false; }}>
      <div class="shortcuts">
        ${GROUPS.filter((group) => all.has(group)).map((group) => html`
          <section key=${group}>
            <h3>${t(group)}</h3>
            <dl>${byLabel(all.get(group) ?? []).map(([label, those]) => html`
              <div class="shortcut" key=${label}>
                <dt>${t(label)}</dt>
                <dd>${those.map(({ keys }) => html`<${Keys} keys=${keys} />`)}</dd>
              </div>`)}</dl>
          </section>`)}
      </div>
    <//>`;
}

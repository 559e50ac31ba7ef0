/** Settings: a list of subjects, and the one that is chosen. */

import { html } from '../../lib/html.js';
import { t } from '../../lib/i18n.js';
import { phone } from '../../model/layout.js';
import { go, route } from '../../model/route.js';
import { IconButton } from '../controls.js';
import { Icon } from '../icons.js';
import { Appearance } from './appearance.js';
import { Identities } from './identities.js';
import { Programs } from './programs.js';
import { Scheduled } from './scheduled.js';
import { Sessions } from './sessions.js';
import { Vacation } from './vacation.js';

/** @type {[name: string, icon: string, component: () => any][]} */
const SUBJECTS = [
  ['appearance', 'columns', Appearance],
  ['identities', 'person', Identities],
  ['vacation', 'clock', Vacation],
  ['scheduled', 'sent', Scheduled],
  ['sessions', 'out', Sessions],
  ['programs', 'lock', Programs],
];

export default function Settings() {
  const [chosen = ''] = route.value.rest;
  const [name, , Subject] = SUBJECTS.find(([each]) => each === chosen) ?? /** @type {(typeof SUBJECTS)[0]} */ (SUBJECTS[0]);
  const back = () => (phone.value && chosen ? go({ page: 'settings' }) : go({}));
  const list = !phone.value || !chosen;
  return html`
    <div class="settings">
      <header class="settings-head">
        <${IconButton} icon="back" label=${t('settings.back')} onClick=${back} />
        <h1>${phone.value && chosen ? t(`settings.${name}`) : t('settings')}</h1>
      </header>
      <div class="settings-panes">
        ${list && html`<nav aria-label=${t('settings')}><ul>${SUBJECTS.map(([each, icon]) => html`
          <li key=${each}><button type="button" class="settings-subject" aria-current=${!phone.value && each === name ? 'page' : undefined}
            onClick=${() => go({ page: 'settings', rest: [each] })}><${Icon} name=${icon} /> ${t(`settings.${each}`)}</button></li>`)}</ul></nav>`}
        ${(!phone.value || chosen) && html`<main class="settings-main">
          ${!phone.value && html`<h2>${t(`settings.${name}`)}</h2>`}
          <${Subject} />
        </main>`}
      </div>
    </div>`;
}

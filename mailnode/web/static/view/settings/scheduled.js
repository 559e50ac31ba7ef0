/** What waits to be sent, and how to take it back. */

import { html } from '../../lib/html.js';
import { medium } from '../../lib/dates.js';
import { language, listed, t } from '../../lib/i18n.js';
import { called } from '../../lib/people.js';
import { refreshScheduled, scheduled, unsend } from '../../model/sending.js';
import { Spinner } from '../controls.js';
import { useLoaded } from './loaded.js';

export function Scheduled() {
  const [there] = useLoaded(async () => { await refreshScheduled(); return true; });
  if (!there) return html`<${Spinner} />`;
  if (!scheduled.value.length) return html`<p class="settings-hint">${t('settings.noneScheduled')}</p>`;
  return html`
    <ul class="settings-card">
      ${scheduled.value.map(({ id, emailId, sendAt, email }) => html`
        <li key=${id} class="setting">
          <span class="setting-words"><span class="cut">${email?.subject || t('noSubject')}</span>
            <small class="cut">${medium(sendAt, new Date(), language.value)} · ${listed((email?.to ?? []).map(called))}</small></span>
          <button type="button" class="button small" onClick=${() => void unsend(id, emailId)}>${t('settings.takeBack')}</button>
        </li>`)}
    </ul>`;
}

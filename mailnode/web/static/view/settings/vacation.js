/** What is answered while one is away (RFC 8621, 8). */

import { useState } from 'preact/hooks';
import { html } from '../../lib/html.js';
import { t } from '../../lib/i18n.js';
import { accepted } from '../../lib/jmap/errors.js';
import { day } from '../../lib/dates.js';
import { complain } from '../../model/actions.js';
import { jmap } from '../../model/session.js';
import { toast } from '../../model/toasts.js';
import { Spinner } from '../controls.js';
import { Switch } from './appearance.js';
import { useLoaded } from './loaded.js';

const ONE = 'singleton';

const fetching = async () => (await jmap().call('VacationResponse/get', { ids: [ONE] })).list[0];

/** The beginning of a day as JMAP says it; null for none. @param {string} said */
const moment = (said) => (said ? `${new Date(`${said}T00:00`).toISOString().slice(0, 19)}Z` : null);

/** @param {string | null} said */
const date = (said) => (said ? day(new Date(said)) : '');

export function Vacation() {
  const [found] = useLoaded(fetching);
  if (!found) return html`<${Spinner} />`;
  return html`<${Away} found=${found} />`;
}

/** @param {{found: Record<string, any>}} given */
function Away({ found }) {
  const [on, setOn] = useState(Boolean(found.isEnabled));
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const { from, to, subject, text } = event.target.elements;
    const change = {
      isEnabled: on,
      fromDate: moment(from.value),
      toDate: moment(to.value),
      subject: subject.value.trim() || null,
      textBody: text.value,
      htmlBody: null,
    };
    try {
      accepted(await jmap().call('VacationResponse/set', { update: { [ONE]: change } }));
      toast(t('settings.kept'));
    } catch (reason) {
      complain(reason);
    }
  };
  return html`
    <form class="settings-card settings-form" onSubmit=${submit}>
      <${Switch} label=${t('settings.away')} hint=${t('settings.awayHint')} on=${on} onChange=${setOn} />
      <div class="setting-pair">
        <label class="field"><span>${t('settings.fromDate')}</span><input class="input" type="date" name="from" value=${date(found.fromDate)} /></label>
        <label class="field"><span>${t('settings.toDate')}</span><input class="input" type="date" name="to" value=${date(found.toDate)} /></label>
      </div>
      <label class="field"><span>${t('compose.subject')}</span><input class="input" name="subject" value=${found.subject ?? ''} placeholder=${t('settings.awaySubject')} /></label>
      <label class="field"><span>${t('settings.awayText')}</span><textarea class="input" name="text" rows="6" required=${on}>${found.textBody ?? ''}</textarea></label>
      <div class="dialog-feet"><button class="button primary">${t('settings.keep')}</button></div>
    </form>`;
}

/** Where one is signed in, and signing out there. */

import { html } from '../../lib/html.js';
import { medium } from '../../lib/dates.js';
import { language, t } from '../../lib/i18n.js';
import { endOtherSessions, endSession, sessions } from '../../model/access.js';
import { complain } from '../../model/actions.js';
import { Spinner } from '../controls.js';
import { useLoaded } from './loaded.js';

/** @import { Access } from '../../model/access.js' */

/** A browser as people call it. @param {string | undefined} agent */
function browser(agent = '') {
  const name = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find((each) => agent.includes(each));
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((each) => agent.includes(each));
  const known = { Edg: 'Edge', OPR: 'Opera' }[name ?? ''] ?? name;
  return [known, system].filter(Boolean).join(', ') || agent.slice(0, 60) || '?';
}

export function Sessions() {
  const [list, again] = useLoaded(sessions);
  if (!list) return html`<${Spinner} />`;
  const then = (/** @type {Promise<unknown>} */ done) => done.then(again, complain);
  return html`
    <ul class="settings-card">
      ${list.map((/** @type {Access} */ each) => html`
        <li key=${each.id} class="setting">
          <span class="setting-words"><span class="cut">${each.label || browser(each.agent)} ${each.current && html`<span class="badge">${t('settings.this')}</span>`}</span>
            <small class="cut">${each.address} · ${medium(each.seen ?? each.created, new Date(), language.value)}</small></span>
          ${!each.current && html`<button type="button" class="button small" onClick=${() => then(endSession(each.id))}>${t('signout')}</button>`}
        </li>`)}
    </ul>
    ${list.length > 1 && html`<button type="button" class="button" onClick=${() => then(endOtherSessions())}>${t('settings.endOthers')}</button>`}`;
}

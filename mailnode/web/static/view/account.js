/** Who is signed in, whether the page hears of news, and how it shall look. */

import { html } from '../lib/html.js';
import { LANGUAGES, language, t } from '../lib/i18n.js';
import { help } from '../model/layout.js';
import { able, notifying, toggleNotifying } from '../model/notifying.js';
import { prefer, preferences } from '../model/preferences.js';
import { connection } from '../model/push.js';
import { go } from '../model/route.js';
import { client, signOut } from '../model/session.js';
import { toast } from '../model/toasts.js';
import { Avatar } from './controls.js';
import { Icon } from './icons.js';
import { MenuButton } from './menu.js';

const THEMES = /** @type {const} */ (['system', 'light', 'dark']);

/** Tell of new mail or not; the browser may not want to. */
async function bell() {
  if (!await toggleNotifying()) toast(t('notify.refused'), { kind: 'failed' });
}

/** @returns {import('./menu.js').Item[]} */
function items() {
  const { theme } = preferences.value;
  return [
    ...THEMES.map((each) => ({
      label: t(`theme.${each}`), checked: theme === each, act: () => prefer({ theme: each }),
    })),
    ...LANGUAGES.map(([code, name], place) => ({
      label: name, line: place === 0, checked: language.value === code,
      act: () => prefer({ language: /** @type {'en' | 'pt-BR'} */ (code) }),
    })),
    ...(able ? [{ label: t('notify'), line: true, toggle: true, checked: notifying.value, act: bell }] : []),
    { label: t('settings'), icon: 'settings', line: true, act: () => go({ page: 'settings' }) },
    { label: t('help'), icon: 'help', act: () => { help.value = true; } },
    { label: t('signout'), icon: 'out', act: () => { void signOut(); } },
  ];
}

const Truth = () => connection.value !== 'live' && html`
  <p class="connection" role="status"><${Icon} name="offline" /> ${t(`connection.${connection.value}`)}</p>`;

export function Account() {
  const name = client.value?.session.username ?? '';
  return html`
    <div class="sidebar-feet">
      <${Truth} />
      <${MenuButton} class="account" speaks label=${t('account')} items=${items}>
        <${Avatar} address=${{ name: null, email: name }} />
        <span class="unseen">${t('account')}</span><span class="cut">${name}</span>
        <${Icon} name="more" />
      <//>
    </div>`;
}

/** What is shown: signing in, or one of the pages, with what lies over all of them. */

import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { compositions } from '../model/compose.js';
import { help } from '../model/layout.js';
import { presence, resume } from '../model/session.js';
import { route } from '../model/route.js';
import { Spinner } from './controls.js';
import { Later } from './later.js';
import { Mail } from './mail.js';
import { ShortcutCard } from './shortcuts.js';
import { SignIn } from './signin.js';
import { Toasts } from './toasts.js';

/**
 * The pages besides mail: what follows `#/`, and the module whose default export shows it.
 * @type {Record<string, () => Promise<{default: any}>>}
 */
const PAGES = { settings: () => import('./settings/index.js') };

const composers = () => import('./compose/index.js');

function Shown() {
  if (presence.value === 'out') return html`<${SignIn} />`;
  if (presence.value === 'starting') return html`<div class="welcome"><${Spinner} /></div>`;
  if (presence.value === 'unreachable') {
    return html`
      <main class="welcome">
        <p>${t('signin.unreachable')}</p>
        <button type="button" class="button" onClick=${resume}>${t('again')}</button>
      </main>`;
  }
  const page = PAGES[route.value.page];
  return html`
    ${page ? html`<${Later} load=${page} missing=${t('error.unreachable')} />` : html`<${Mail} />`}
    ${compositions.value.length > 0
      && html`<${Later} load=${composers} missing=${t('compose.missing')} />`}
    ${help.value && html`<${ShortcutCard} />`}`;
}

export const Page = () => html`<${Shown} /><${Toasts} />`;

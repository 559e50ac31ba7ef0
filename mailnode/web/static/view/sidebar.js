/** The tree of mailboxes. */

import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { classes, html } from '../lib/html.js';
import { number, t } from '../lib/i18n.js';
import { openCompose } from '../model/compose.js';
import { drag } from '../model/drag.js';
import { moveTo } from '../model/commands.js';
import { drawer, narrow } from '../model/layout.js';
import { place, searched } from '../model/list.js';
import { count, fold, title, tree } from '../model/mailboxes.js';
import { preferences } from '../model/preferences.js';
import { address } from '../model/route.js';
import { IconButton } from './controls.js';
import { Icon, iconOf } from './icons.js';
import { editing, mailboxItems, MailboxDialogs } from './mailbox-dialogs.js';
import { MenuButton } from './menu.js';
import { Account } from './account.js';

/** @import { Branch } from '../lib/tree.js' */

/** The mailbox over which something is held. */
const target = signal('');

/** What makes a mailbox take what is dropped on it. @param {string} id */
const dropping = (id) => ({
  onDragOver: (/** @type {DragEvent} */ event) => {
    if (!drag.value.length || id === place.value) return;
    event.preventDefault();
    target.value = id;
  },
  onDragLeave: () => { if (target.value === id) target.value = ''; },
  onDrop: (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    target.value = '';
    moveTo(id);
    drag.value = [];
  },
});

/** @param {{branch: Branch}} given */
function Entry({ branch: { mailbox, depth, children } }) {
  const name = title(mailbox);
  const here = place.value === mailbox.id && !searched.value;
  const unread = count(mailbox);
  const folded = preferences.value.folded.includes(mailbox.id);
  return html`
    <li class=${classes('mailbox', here && 'here', unread > 0 && mailbox.role !== 'drafts' && 'unread', target.value === mailbox.id && 'target')}
      style=${{ '--depth': depth }} ...${dropping(mailbox.id)}>
      ${children && html`<button type="button" class=${classes('fold', !folded && 'open')} aria-expanded=${!folded}
        aria-label=${t(folded ? 'mailbox.unfold' : 'mailbox.fold', { name })} onClick=${() => fold(mailbox.id)}><${Icon} name="chevron" /></button>`}
      <a class="mailbox-link" href=${address({ mailbox: mailbox.id })} aria-current=${here ? 'page' : undefined}
        draggable=${false} onClick=${() => { drawer.value = false; }}>
        <${Icon} name=${iconOf(mailbox)} />
        <span class="cut">${name}</span>
        ${unread > 0 && html`<span class="count" aria-hidden="true">${number(unread)}</span>
          <span class="unseen">${t(mailbox.role === 'drafts' ? 'mailbox.total' : 'mailbox.unread', { n: unread })}</span>`}
      </a>
      <${MenuButton} class="icon-button mailbox-more" label=${t('mailbox.actions', { name })} items=${() => mailboxItems(mailbox)}>
        <${Icon} name="more" />
      <//>
    </li>`;
}

/** Arrow keys go through the tree. @param {KeyboardEvent} event */
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll('.mailbox-link')];
  const at = links.indexOf(/** @type {Element} */ (document.activeElement));
  if (!step || at < 0) return;
  event.preventDefault();
  const next = links[Math.max(0, Math.min(links.length - 1, at + step))];
  if (next instanceof HTMLElement) next.focus();
}

const Tree = () => html`
  <ul class="mailboxes" onKeyDown=${walk}>
    ${tree.value.map((branch) => html`<${Entry} key=${branch.mailbox.id} branch=${branch} />`)}
  </ul>`;

export function Sidebar() {
  const [before] = useState(() => document.activeElement);
  const write = () => {
    drawer.value = false;
    openCompose({ mode: 'new' });
  };
  const close = () => {
    drawer.value = false;
    if (before instanceof HTMLElement) before.focus();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Escape' && narrow.value) close(); };
  return html`
    <nav class="sidebar" aria-label=${t('mailboxes')} onKeyDown=${onKeyDown}>
      <div class="sidebar-top">
        <button type="button" class="button primary write" onClick=${write}>
          <${Icon} name="compose" /> ${t('compose.new')}
        </button>
        ${narrow.value && html`<${IconButton} icon="close" label=${t('close')} onClick=${close} />`}
      </div>
      <div class="sidebar-scroll">
        <div class="sidebar-title">
          <h2>${t('mailboxes')}</h2>
          <${IconButton} icon="plus" label=${t('mailbox.new')} onClick=${() => { editing.value = { kind: 'create', parentId: null }; }} />
        </div>
        <${Tree} />
      </div>
      <${Account} />
    </nav>
    <${MailboxDialogs} />`;
}

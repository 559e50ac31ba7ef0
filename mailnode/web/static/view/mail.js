/** Mail: the tree, the list and the conversation, in as many panes as there is room for. */

import { effect, untracked } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { classes, html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { complain } from '../model/actions.js';
import { question } from '../model/asking.js';
import { openCompose } from '../model/compose.js';
import { below, columns, compact, drawer, narrow, phone } from '../model/layout.js';
import { clear, collapsed, place, quick, refresh, restart, searched } from '../model/list.js';
import { count, mailboxes, refreshMailboxes, roles, title } from '../model/mailboxes.js';
import { follow } from '../model/following.js';
import { shortcut } from '../model/keys.js';
import { route } from '../model/route.js';
import { clearChosen, focus, pointed } from '../model/selection.js';
import { Dialog, IconButton } from './controls.js';
import { Icon } from './icons.js';
import { Conversation } from './conversation.js';
import { List } from './list.js';
import { Search } from './search.js';
import { mailShortcuts } from './mail-keys.js';
import { Sidebar } from './sidebar.js';

/** Show another list when another is asked for. */
const listing = () => {
  let before = '';
  return effect(() => {
    const shown = place.value || searched.value;
    if (shown !== before) quick.value = [];
    before = shown;
    void [collapsed.value, quick.value];
    if (shown) anew();
  });
};

const anew = () => {
  untracked(() => {
    focus.value = 0;
    pointed.value = false;
    clearChosen();
    void restart();
  });
};

/** The icon of the window says whether there is unread mail in the inbox. */
const badging = () => effect(() => {
  const inbox = roles.value.get('inbox');
  const link = document.querySelector('link[rel=icon]');
  const name = inbox && count(inbox) ? 'icon-unread.svg' : 'icon.svg';
  link?.setAttribute('href', (link.getAttribute('href') ?? '').replace(/icon(-unread)?\.svg/, name));
});

/** The title of the window says where one is and what is new. */
const titling = () => effect(() => {
  const mailbox = mailboxes.value.get(place.value);
  const unread = mailbox ? count(mailbox) : 0;
  const name = mailbox ? title(mailbox) : searched.value;
  document.title = `${unread ? `(${unread}) ` : ''}${name ? `${name} — ` : ''}${t('app.name')}`;
});

function useMail() {
  useEffect(() => {
    refreshMailboxes().catch(complain);
    const ending = [listing(), titling(), badging(), follow(), shortcut(mailShortcuts())];
    const clock = setInterval(() => { if (document.visibilityState === 'visible') void refresh(); }, 15 * 60_000);
    return () => {
      for (const end of ending) end();
      clearInterval(clock);
      clear();
      mailboxes.value = new Map();
    };
  }, []);
}

function Question() {
  const asked = question.value;
  if (!asked) return null;
  const close = () => { question.value = null; };
  const act = () => {
    close();
    asked.act();
  };
  return html`
    <${Dialog} title=${asked.title} onClose=${close}>
      <p>${asked.text}</p>
      <div class="dialog-feet">
        <button type="button" class="button" autofocus onClick=${close}>${t('cancel')}</button>
        <button type="button" class="button danger" onClick=${act}>${asked.label}</button>
      </div>
    <//>`;
}

function toList() {
  const row = document.querySelector('.row[tabindex="0"]');
  if (row instanceof HTMLElement) row.focus();
}

const Write = () => html`
  <button type="button" class="button primary write-here" aria-label=${t('compose.new')}
    onClick=${() => openCompose({ mode: 'new' })}><${Icon} name="compose" /></button>`;

const Top = () => html`
  <header class="top">
    ${narrow.value && html`<${IconButton} icon="menu" label=${t('mailboxes')} aria-expanded=${drawer.value}
      onClick=${() => { drawer.value = true; }} />`}
    <${Search} />
  </header>`;

export function Mail() {
  useMail();
  const reading = Boolean(route.value.thread);
  const both = columns.value;
  return html`
    <div class=${classes('shell', both && !below.value && 'columns', below.value && 'below', compact.value && 'compact', reading && 'reading', narrow.value && 'narrow', phone.value && 'phone')}>
      <button type="button" class="skip" onClick=${toList}>${t('skip')}</button>
      ${(!narrow.value || drawer.value) && html`
        ${narrow.value && html`<div class="veil" onClick=${() => { drawer.value = false; }}></div>`}
        <${Sidebar} />`}
      <main class="panes">
        ${(both || !reading) && html`
          <section class="list-pane" aria-label=${t('list')}><${Top} /><${List} />
            ${narrow.value && html`<${Write} />`}</section>`}
        ${(both || reading) && html`<${Conversation} />`}
      </main>
      <${Question} />
    </div>`;
}

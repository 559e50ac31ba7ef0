/** What one can do with the list, or with the rows that are chosen. */

import { html } from '../lib/html.js';
import { number, t } from '../lib/i18n.js';
import { branches } from '../lib/tree.js';
import * as commands from '../model/commands.js';
import { columns } from '../model/layout.js';
import { ids, place, searched, total } from '../model/list.js';
import { count, mailboxes, title } from '../model/mailboxes.js';
import { prefer, preferences } from '../model/preferences.js';
import { progress, stop } from '../model/bulk.js';
import { chooseAll, chosen, clearChosen, everything } from '../model/selection.js';
import { IconButton } from './controls.js';
import { iconOf, Icon } from './icons.js';
import { MenuButton } from './menu.js';

/** The mailboxes that mail can be moved to. @returns {import('./menu.js').Item[]} */
export const targets = () => branches(mailboxes.value.values())
  .filter(({ mailbox }) => mailbox.id !== place.value && mailbox.myRights.mayAddItems)
  .map(({ mailbox, depth }) => ({
    label: title(mailbox), icon: iconOf(mailbox), depth, act: () => commands.moveTo(mailbox.id),
  }));

/** What is done to mail: the same for chosen rows and for the open conversation. */
export function Deeds() {
  const role = mailboxes.value.get(place.value)?.role;
  const read = commands.allRead();
  return html`
    ${role !== 'archive' && html`<${IconButton} icon="archive" label=${t('archive')} onClick=${commands.archive} />`}
    <${IconButton} icon="trash" label=${t(role === 'trash' ? 'destroy' : 'delete')} onClick=${commands.trash} />
    <${IconButton} icon=${role === 'junk' ? 'inbox' : 'junk'} label=${t(role === 'junk' ? 'notJunk' : 'junk')} onClick=${commands.junk} />
    <${MenuButton} label=${t('move')} class="icon-button move-button" items=${targets}><${Icon} name="move" /><//>
    <${IconButton} icon=${read ? 'unread' : 'read'} label=${t(read ? 'markUnread' : 'markRead')} onClick=${commands.toggleRead} />`;
}

/** Choose everything that is there, or nothing. */
function All() {
  const some = chosen.value.size > 0;
  return html`
    <input type="checkbox" class="toolbar-all" checked=${some} aria-label=${t(some ? 'list.chooseNone' : 'list.chooseAll')}
      indeterminate=${some && chosen.value.size < ids.value.length}
      onChange=${() => (some ? clearChosen() : chooseAll())} />`;
}

function Title() {
  const mailbox = mailboxes.value.get(place.value);
  const unread = mailbox ? count(mailbox) : 0;
  return html`
    <h1 class="toolbar-title cut">${searched.value ? t('list.results') : title(mailbox)}</h1>
    <span class="toolbar-count">${searched.value || !unread
      ? total.value > 0 && number(total.value) : t('mailbox.unread', { n: unread })}</span>`;
}

/** Beyond what has been fetched: all of it; and how far that has come. */
function Everything() {
  if (progress.value !== null) {
    return html`<div class="everything" role="status">
      <progress value=${progress.value} aria-label=${t('list.working')}></progress>
      <button type="button" class="button quiet small" onClick=${stop}>${t('stop')}</button></div>`;
  }
  const fetched = ids.value.filter((id) => id !== undefined).length;
  if (chosen.value.size < fetched || fetched === total.value || !fetched) return null;
  return html`<div class="everything">${everything.value
    ? html`<span role="status">${t('list.everythingChosen', { n: total.value })}</span>`
    : html`<button type="button" class="button quiet small" onClick=${() => { everything.value = true; }}>
        ${t('list.chooseEverything', { n: total.value })}</button>`}</div>`;
}

const layoutItems = () => [
  { label: t('layout.columns'), icon: 'columns', checked: preferences.value.layout === 'columns', act: () => prefer({ layout: 'columns' }) },
  { label: t('layout.list'), icon: 'rows', checked: preferences.value.layout === 'list', act: () => prefer({ layout: 'list' }) },
  { label: t('threads.on'), line: true, toggle: true, checked: preferences.value.threads, act: () => prefer({ threads: !preferences.value.threads }) },
];

export function Toolbar() {
  const some = chosen.value.size;
  return html`
    <div class="toolbar" role="toolbar" aria-label=${t('list.actions')}>
      <${All} />
      ${some > 0 ? html`<span class="toolbar-title" role="status">${t('list.chosen', { n: some })}</span>` : html`<${Title} />`}
      <span class="toolbar-space"></span>
      ${some > 0 ? html`
        <${Deeds} />
        <${IconButton} icon="star" label=${t('star')} onClick=${commands.toggleStar} />
        <${IconButton} icon="close" label=${t('list.chooseNone')} onClick=${clearChosen} />`
    : html`
        <${MenuButton} label=${t('list.layout')} items=${layoutItems}><${Icon} name=${columns.value ? 'columns' : 'rows'} /><//>`}
      <span class="drag-shadow" aria-hidden="true"></span>
    </div>
    <${Everything} />`;
}

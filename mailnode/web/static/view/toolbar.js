/** What one can do with the list, or with the rows that are chosen. */

import { html } from '../lib/html.js';
import { number, t } from '../lib/i18n.js';
import { branches } from '../lib/tree.js';
import * as commands from '../model/commands.js';
import { phone } from '../model/layout.js';
import { ids, place, quick, searched, toggleQuick, total } from '../model/list.js';
import { count, mailboxes, title } from '../model/mailboxes.js';
import { prefer, preferences } from '../model/preferences.js';
import { progress, stop } from '../model/bulk.js';
import { empty } from '../model/whole.js';
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
  const mailbox = mailboxes.value.get(place.value);
  if (!chosen.value.size && mailbox && total.value && (mailbox.role === 'trash' || mailbox.role === 'junk')) {
    return html`<div class="everything calm"><button type="button" class="button quiet small" onClick=${() => empty(mailbox)}>
      ${t('whole.empty', { name: title(mailbox) })}</button></div>`;
  }
  const fetched = ids.value.filter((id) => id !== undefined).length;
  if (chosen.value.size < fetched || fetched === total.value || !fetched) return null;
  return html`<div class="everything">${everything.value
    ? html`<span role="status">${t('list.everythingChosen', { n: total.value })}</span>`
    : html`<button type="button" class="button quiet small" onClick=${() => { everything.value = true; }}>
        ${t('list.chooseEverything', { n: total.value })}</button>`}</div>`;
}

const LAYOUTS = /** @type {const} */ ({ columns: 'columns', below: 'below', list: 'rows' });
const DENSITIES = /** @type {const} */ (['comfortable', 'compact']);
const QUICK = /** @type {const} */ ({ unread: 'unread', starred: 'star', attachment: 'clip' });

const layoutItems = () => [
  ...(phone.value ? [] : /** @type {(keyof typeof LAYOUTS)[]} */ (Object.keys(LAYOUTS)).map((layout) => ({
    label: t(`layout.${layout}`), icon: LAYOUTS[layout], checked: preferences.value.layout === layout, act: () => prefer({ layout }),
  }))),
  ...DENSITIES.map((density, place) => ({
    label: t(`density.${density}`), line: place === 0 && !phone.value, checked: preferences.value.density === density, act: () => prefer({ density }),
  })),
  { label: t('threads.on'), line: true, toggle: true, checked: preferences.value.threads, act: () => prefer({ threads: !preferences.value.threads }) },
];

/** Only some of the list. */
const Quick = () => html`
  <div class="quick" role="group" aria-label=${t('quick')}>
    ${/** @type {(keyof typeof QUICK)[]} */ (Object.keys(QUICK)).map((which) => html`
      <button type="button" key=${which} class="quick-button" aria-pressed=${quick.value.includes(which)}
        title=${t(`quick.${which}`)} aria-label=${t(`quick.${which}`)} onClick=${() => toggleQuick(which)}>
        <${Icon} name=${QUICK[which]} filled=${which === 'starred' && quick.value.includes(which)} /><span>${t(`quick.${which}`)}</span></button>`)}
  </div>`;

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
        <${Quick} />
        <${MenuButton} label=${t('list.layout')} items=${layoutItems}><${Icon} name=${phone.value ? 'rows' : LAYOUTS[preferences.value.layout]} /><//>`}
      <span class="drag-shadow" aria-hidden="true"></span>
    </div>
    <${Everything} />`;
}

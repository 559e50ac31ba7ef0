/** One row of the list: an email, or a conversation. */

import { classes, html } from '../lib/html.js';
import { brief } from '../lib/dates.js';
import { called, distinct, shortly } from '../lib/people.js';
import { language, listed, number, t } from '../lib/i18n.js';
import { star } from '../model/actions.js';
import { openRow } from '../model/commands.js';
import { drag } from '../model/drag.js';
import { email, has } from '../model/emails.js';
import { collapsed, place, searched } from '../model/list.js';
import { mailboxes, roles, title } from '../model/mailboxes.js';
import { route } from '../model/route.js';
import { choose, chosen, focus, pointed } from '../model/selection.js';
import { client } from '../model/session.js';
import { emailsOf } from '../model/threads.js';
import { Avatar, IconButton } from './controls.js';
import { Icon } from './icons.js';

/** @import { Address, Email } from '../lib/jmap/types.js' */

/**
 * @typedef {object} Shown
 * @property {Email} one the email of the row
 * @property {Email[]} all its conversation, or only itself
 * @property {boolean} outgoing whether those it went to are who matters
 */

/** @param {Email} one @returns {Shown} */
function shownOf(one) {
  const all = collapsed.value ? emailsOf(one.threadId) : [];
  const role = mailboxes.value.get(place.value)?.role;
  return { one, all: all.length ? all : [one], outgoing: role === 'sent' || role === 'drafts' };
}

/** @param {Shown} shown @returns {Address[]} */
function people({ one, all, outgoing }) {
  if (outgoing) return [...one.to ?? [], ...one.cc ?? []];
  return distinct(all.flatMap((each) => each.from ?? []));
}

/** @param {Address[]} those */
function names(those) {
  const [only] = those;
  if (!only) return t('nobody');
  if (those.length === 1) return called(only);
  const me = client.value?.session.username.toLowerCase();
  return listed(those.slice(0, 4).map((each) => (each.email.toLowerCase() === me ? t('me') : shortly(each))));
}

/** Where a found email lies. @param {Email} one */
function lies(one) {
  const [id] = Object.keys(one.mailboxIds);
  return title(mailboxes.value.get(id ?? ''));
}

/** @param {{index: number, one: Email, who: Address[]}} given */
function Choose({ index, one, who }) {
  const on = chosen.value.has(one.id);
  const [first] = who;
  const press = (/** @type {MouseEvent} */ event) => {
    event.stopPropagation();
    choose(index, { range: event.shiftKey });
  };
  return html`
    <label class="row-choose" role="gridcell" onClick=${(/** @type {Event} */ event) => event.stopPropagation()}>
      <${Avatar} address=${first} />
      <input type="checkbox" tabindex="-1" checked=${on} onClick=${press}
        aria-label=${t('choose', { name: one.subject || t('noSubject') })} />
    </label>`;
}

/** @param {{shown: Shown, who: Address[]}} given */
function Words({ shown: { one, all }, who }) {
  const drafts = all.some((each) => has(each, '$draft') && each.id !== one.id);
  const found = searched.value && !place.value;
  return html`
    <div class="row-words" role="gridcell">
      <span class="row-who"><span class="cut">${names(who)}</span>
        ${all.length > 1 && html`<span class="badge" title=${t('list.messages', { n: all.length })}>${number(all.length)}</span>`}
        ${drafts && html`<span class="row-draft">${t('list.draft')}</span>`}
      </span>
      <span class="row-subject cut">${one.subject || t('noSubject')}</span>
      <span class="row-preview cut">${found && html`<span class="row-place">${lies(one)}</span> `}${one.preview}</span>
    </div>`;
}

/** @param {{shown: Shown}} given */
function Ends({ shown: { one, all } }) {
  const starred = all.filter((each) => has(each, '$flagged'));
  const press = (/** @type {MouseEvent} */ event) => {
    event.stopPropagation();
    void star(starred.length ? starred : [one], !starred.length);
  };
  return html`
    <div class="row-ends" role="gridcell">
      <time datetime=${one.receivedAt}>${brief(one.receivedAt, new Date(), language.value)}</time>
      <span class="row-icons">
        ${all.some((each) => each.hasAttachment) && html`<span class="row-clip" title=${t('list.attachment')}><${Icon} name="clip" /></span>`}
        ${has(one, '$answered') && html`<span class="row-clip" title=${t('list.answered')}><${Icon} name="reply" /></span>`}
        <${IconButton} icon="star" tabindex="-1" class=${classes('row-star', starred.length > 0 && 'starred')}
          label=${t(starred.length ? 'unstar' : 'star')} pressed=${starred.length > 0} onClick=${press} />
      </span>
    </div>`;
}

/** Take the chosen rows, or this one, into the hand. @param {DragEvent} event @param {number} index @param {Email} one */
function takeUp(event, index, one) {
  const { dataTransfer } = event;
  if (!dataTransfer) return;
  if (!chosen.value.has(one.id)) focus.value = index;
  const those = chosen.value.has(one.id) ? [...chosen.value] : [one.id];
  if (!chosen.value.has(one.id)) chosen.value = new Set(those);
  drag.value = those;
  dataTransfer.effectAllowed = 'move';
  dataTransfer.setData('text/plain', one.subject ?? '');
  const shadow = document.querySelector('.drag-shadow');
  if (shadow) {
    shadow.textContent = t('drag', { n: those.length });
    dataTransfer.setDragImage(shadow, 12, 12);
  }
}

/** @param {{index: number, id: string | undefined, top: number}} given */
export function Row({ index, id, top }) {
  const style = { transform: `translateY(${top}px)` };
  const one = id === undefined ? null : email(id).value;
  if (!one) return html`<div class="row blank" role="row" aria-rowindex=${index + 1} aria-busy="true" style=${style}><span role="gridcell"></span></div>`;
  const shown = shownOf(one);
  const who = people(shown);
  const unread = shown.all.some((each) => !has(each, '$seen') && !has(each, '$draft') && !sentOnly(each));
  const open = route.value.message ? route.value.message === one.id : route.value.thread === one.threadId;
  const press = (/** @type {MouseEvent} */ event) => {
    if (event.shiftKey || event.ctrlKey || event.metaKey) choose(index, { range: event.shiftKey });
    else openRow(index);
  };
  return html`
    <div class=${classes('row', unread && 'unread', open && 'open', chosen.value.has(one.id) && 'chosen')}
      role="row" aria-rowindex=${index + 1} aria-selected=${chosen.value.has(one.id)} style=${style}
      tabindex=${focus.value === index ? 0 : -1} draggable=${true} onClick=${press} onFocus=${() => { focus.value = index; pointed.value = true; }}
      onDragStart=${(/** @type {DragEvent} */ event) => takeUp(event, index, one)} onDragEnd=${() => { drag.value = []; }}>
      <${Choose} index=${index} one=${one} who=${who} />
      <${Words} shown=${shown} who=${who} />
      ${unread && html`<span class="unseen" role="gridcell">${t('list.unread')}</span>`}
      <${Ends} shown=${shown} />
    </div>`;
}

/** Whether it is only among what one has sent oneself. @param {Email} one */
const sentOnly = (one) => Object.keys(one.mailboxIds).every((id) => id === roles.value.get('sent')?.id);

/** One message of a conversation: folded to a line, or whole. */

import { useState } from 'preact/hooks';
import { classes, html } from '../lib/html.js';
import { brief, full, medium } from '../lib/dates.js';
import { called, shortly, written } from '../lib/people.js';
import { language, listed, t } from '../lib/i18n.js';
import { special } from '../lib/parts.js';
import { way } from '../lib/unsubscribe.js';
import { markRead, star } from '../model/actions.js';
import { openCompose } from '../model/compose.js';
import { closeConversation } from '../model/commands.js';
import { toggle, unfolded } from '../model/conversation.js';
import { has } from '../model/emails.js';
import { phone } from '../model/layout.js';
import { roles } from '../model/mailboxes.js';
import { jmap } from '../model/session.js';
import { leave } from '../model/unsubscribe.js';
import { Attachments } from './attachments.js';
import { Body } from './body.js';
import { Avatar, IconButton } from './controls.js';
import { Icon } from './icons.js';
import { MenuButton } from './menu.js';
import { Details, Source } from './source.js';

/** @import { Email } from '../lib/jmap/types.js' */

const UNKNOWN = { name: null, email: '?' };

/** @param {Email} one */
const sender = (one) => one.from?.[0] ?? UNKNOWN;

/** @param {Email} one */
const recipients = (one) => [...one.to ?? [], ...one.cc ?? [], ...one.bcc ?? []];

/** @param {{one: Email}} given */
const Folded = ({ one }) => html`
  <button type="button" class="message-line" aria-expanded="false" onClick=${() => toggle(one)}>
    <${Avatar} address=${sender(one)} />
    <span class="message-from cut">${called(sender(one))}</span>
    ${has(one, '$draft') && html`<span class="row-draft">${t('list.draft')}</span>`}
    <span class="message-preview cut">${one.preview}</span>
    ${one.hasAttachment && html`<${Icon} name="clip" />`}
    <time datetime=${one.receivedAt}>${brief(one.receivedAt, new Date(), language.value)}</time>
  </button>`;

/** @param {Email} one @param {(what: 'details' | 'source') => void} show @returns {import('./menu.js').Item[]} */
function items(one, show) {
  const open = (/** @type {'reply' | 'replyAll' | 'forward'} */ mode) => () => openCompose({ mode, email: one });
  const unread = () => {
    void markRead([one], false);
    closeConversation();
  };
  return [
    { icon: 'reply', label: t('compose.reply'), act: open('reply') },
    { icon: 'replyAll', label: t('compose.replyAll'), act: open('replyAll') },
    { icon: 'forward', label: t('compose.forward'), act: open('forward') },
    { icon: 'unread', line: true, label: t('markUnread'), act: unread },
    { icon: 'print', label: t('print'), act: () => print(one) },
    { icon: 'list', label: t('message.details'), act: () => show('details') },
    { icon: 'file', label: t('message.source'), act: () => show('source') },
    { icon: 'download', label: t('message.save'), act: () => save(one) },
  ];
}

/** Print the message alone; the page does it, since its frame may open nothing. @param {Email} one */
function print(one) {
  const frame = document.querySelector(`iframe[data-email="${CSS.escape(one.id)}"]`);
  const article = frame?.closest('.message');
  article?.classList.add('printing');
  addEventListener('afterprint', () => article?.classList.remove('printing'), { once: true });
  globalThis.print();
}

/** @param {Email} one */
function save(one) {
  const link = document.createElement('a');
  const name = `${one.subject || t('noSubject')}.eml`;
  link.href = jmap().download({ blobId: one.blobId, name, type: 'message/rfc822' });
  link.download = name;
  link.click();
}

/** A way out of a mailing list; spam only learns from it that somebody reads. @param {{one: Email}} given */
function Leaving({ one }) {
  const found = way(/** @type {Record<string, any>} */ (one)['header:List-Unsubscribe:asURLs']);
  if (!found || one.mailboxIds[roles.value.get('junk')?.id ?? '']) return null;
  return found.kind === 'mail'
    ? html`<button type="button" class="message-leave" onClick=${() => leave(one, found)}>${t('unsubscribe')}</button>`
    : html`<a class="message-leave" href=${found.url} target="_blank" rel="noopener noreferrer">${t('unsubscribe')}</a>`;
}

/** What we do not do justice to. @param {{one: Email}} given */
const Special = ({ one }) => special(one.attachments ?? []).map((what) => html`
  <p class="special" key=${what}><${Icon} name=${what === 'invitation' ? 'calendar' : 'lock'} />${t(`special.${what}`)}</p>`);

/** @param {{one: Email, details: boolean, onDetails: () => void, show: (what: 'details' | 'source') => void}} given */
function Head({ one, details, onDetails, show }) {
  const starred = has(one, '$flagged');
  const fold = (/** @type {MouseEvent} */ event) => {
    if (event.target instanceof Element && !event.target.closest('button, a, .menu')) toggle(one);
  };
  return html`
    <header class="message-head" onClick=${fold}>
      <${Avatar} address=${sender(one)} />
      <div class="message-who">
        <div class="message-from"><span class="cut" title=${written(sender(one))}>${called(sender(one))}</span>
          ${sender(one).name && html`<span class="message-address cut">${sender(one).email}</span>`}</div>
        <button type="button" class="message-to" aria-expanded=${details} onClick=${onDetails}>
          <span class="cut">${t('message.to', { name: listed(recipients(one).map(shortly)) || t('nobody') })}</span>
          <${Icon} name="down" />
        </button>
        <${Leaving} one=${one} />
      </div>
      <time datetime=${one.receivedAt} title=${full(one.receivedAt, language.value)}>
        ${(phone.value ? brief : medium)(one.receivedAt, new Date(), language.value)}</time>
      <${IconButton} icon="star" class=${classes(starred && 'starred')} pressed=${starred} label=${t(starred ? 'unstar' : 'star')}
        onClick=${() => { void star([one], !starred); }} />
      <${IconButton} icon="reply" class="message-reply" label=${t('compose.reply')} onClick=${() => openCompose({ mode: 'reply', email: one })} />
      <${MenuButton} label=${t('more')} items=${() => items(one, show)}><${Icon} name="more" /><//>
    </header>`;
}

/** @param {{one: Email}} given */
const Answers = ({ one }) => html`
  <footer class="message-feet">
    ${/** @type {const} */ (['reply', 'replyAll', 'forward']).map((mode) => html`
      ${(mode !== 'replyAll' || recipients(one).length > 1) && html`
        <button type="button" key=${mode} class="button small" onClick=${() => openCompose({ mode, email: one })}>
          <${Icon} name=${mode} /> ${t(`compose.${mode}`)}</button>`}`)}
  </footer>`;

/** @param {{one: Email}} given */
function Whole({ one }) {
  const [details, setDetails] = useState(false);
  const [source, setSource] = useState(false);
  const show = (/** @type {'details' | 'source'} */ what) => (what === 'details' ? setDetails(true) : setSource(true));
  return html`
    <${Head} one=${one} details=${details} onDetails=${() => setDetails(!details)} show=${show} />
    ${details && html`<${Details} one=${one} />`}
    <${Special} one=${one} />
    <${Body} one=${one} />
    <${Attachments} one=${one} />
    ${has(one, '$draft') ? html`<footer class="message-feet"><button type="button" class="button small"
      onClick=${() => openCompose({ mode: 'draft', email: one })}><${Icon} name="compose" /> ${t('message.continue')}</button></footer>`
    : html`<${Answers} one=${one} />`}
    ${source && html`<${Source} one=${one} onClose=${() => setSource(false)} />`}`;
}

/** @param {{one: Email}} given */
export function Message({ one }) {
  const open = unfolded.value.has(one.id);
  return html`
    <article class=${classes('message', open ? 'unfolded' : 'folded', has(one, '$draft') && 'draft')}
      aria-label=${t('message.by', { name: called(sender(one)) })}>
      ${open ? html`<${Whole} one=${one} />` : html`<${Folded} one=${one} />`}
    </article>`;
}

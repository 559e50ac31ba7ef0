/** The conversation that is open: all its messages, one below the other. */

import { useEffect, useRef } from 'preact/hooks';
import { classes, html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { answer, closeConversation, step, toggleStar } from '../model/commands.js';
import { messages, ready, unfolded, unfoldAll } from '../model/conversation.js';
import { has } from '../model/emails.js';
import { columns, phone } from '../model/layout.js';
import { total } from '../model/list.js';
import { mailboxes, title } from '../model/mailboxes.js';
import { route } from '../model/route.js';
import { focus } from '../model/selection.js';
import { IconButton, Spinner } from './controls.js';
import { Icon } from './icons.js';
import { Message } from './message.js';
import { Deeds } from './toolbar.js';

const FEW = 3;
/** Folded messages between two that are shown, beyond which they are one line. */

/** The base of a subject: what is said, without "Re:". @param {string} subject */
const base = (subject) => subject.replace(/^((re|fwd?|aw|wg|res|enc)(\[\d+\])?:\s*)+/i, '');

function Head() {
  const [first] = messages.value;
  const starred = messages.value.some((one) => has(one, '$flagged'));
  return html`
    <header class="conversation-bar">
      ${!columns.value && html`<${IconButton} icon="back" label=${t('back')} onClick=${closeConversation} />`}
      <div class="conversation-deeds" role="toolbar" aria-label=${t('conversation.actions')}>
        <${Deeds} />
        <${IconButton} icon="star" class=${starred && 'starred'} pressed=${starred} label=${t(starred ? 'unstar' : 'star')} onClick=${toggleStar} />
      </div>
      <span class="toolbar-space"></span>
      ${!phone.value && html`
        <${IconButton} icon="down" class="up" label=${t('key.previous')} disabled=${focus.value <= 0} onClick=${() => step(-1)} />
        <${IconButton} icon="down" label=${t('key.next')} disabled=${focus.value >= total.value - 1} onClick=${() => step(1)} />`}
      ${columns.value && html`<${IconButton} icon="close" label=${t('close')} onClick=${closeConversation} />`}
    </header>
    ${first && phone.value && html`<${Feet} />`}`;
}

/** On a phone, what one does is where the thumb is. */
const Feet = () => html`
  <nav class="conversation-feet" aria-label=${t('conversation.answering')}>
    ${/** @type {const} */ (['reply', 'replyAll', 'forward']).map((mode) => html`
      <button type="button" key=${mode} onClick=${() => answer(mode)}><${Icon} name=${mode} /><span>${t(`compose.${mode}`)}</span></button>`)}
  </nav>`;

/** Where the conversation lies, besides what is shown. */
function Places() {
  const inside = new Set(messages.value.flatMap((one) => Object.keys(one.mailboxIds)));
  return [...inside].map((id) => mailboxes.value.get(id)).filter((each) => each !== undefined)
    .map((each) => html`<span class="chip" key=${each.id}>${title(each)}</span>`);
}

/**
 * The messages, where many folded ones in a row are a single line.
 * @param {import('../lib/jmap/types.js').Email[]} all
 */
function gathered(all) {
  /** @type {({one: import('../lib/jmap/types.js').Email} | {hidden: number})[]} */
  const shown = [];
  const folded = all.map(({ id }) => !unfolded.value.has(id));
  for (let at = 0; at < all.length; at++) {
    const one = all[at];
    let end = at;
    while (folded[end] && end < all.length) end++;
    const between = end - at - 2; // The first and the last of them stay.
    if (one && at > 0 && between >= FEW && folded[at - 1]) {
      shown.push({ hidden: between + 1 });
      at = end - 2;
    } else if (one) shown.push({ one });
  }
  return shown;
}

const Messages = () => html`
  ${gathered(messages.value).map((each) => ('one' in each
    ? html`<${Message} key=${each.one.id} one=${each.one} />`
    : html`<button type="button" key="hidden" class="conversation-hidden" onClick=${unfoldAll}>
        <span>${t('conversation.hidden', { n: each.hidden })}</span></button>`))}`;

/** Bring the first message that is unfolded into view when a conversation is opened. */
function useBeginning() {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const { thread, message } = route.value;
  useEffect(() => {
    const element = box.current;
    if (!element || !ready.value) return;
    element.scrollTop = 0;
    const first = element.querySelector('.message.unfolded');
    if (first instanceof HTMLElement && first.offsetTop > element.clientHeight / 2) {
      element.scrollTop = first.offsetTop - 64;
    }
    if (!columns.value) element.focus({ preventScroll: true });
  }, [thread, message, ready.value]);
  return box;
}

export function Conversation() {
  const box = useBeginning();
  const [first] = messages.value;
  if (!route.value.thread) {
    return html`<section class="conversation none" aria-label=${t('conversation')}>
      <div class="empty"><${Icon} name="read" /><p>${t('conversation.none')}</p></div></section>`;
  }
  return html`
    <section class=${classes('conversation', phone.value && 'with-feet')} aria-label=${t('conversation')}>
      <${Head} />
      <div class="conversation-scroll" tabindex="0" role="region" aria-label=${first?.subject ?? t('conversation')} ref=${box}>
        ${first ? html`
          <div class="conversation-head">
            <h2>${base(first.subject ?? '') || t('noSubject')}</h2>
            <div class="conversation-places"><${Places} /></div>
          </div>
          <${Messages} />`
    : html`<div class="empty">${ready.value ? html`<p>${t('conversation.gone')}</p>` : html`<${Spinner} />`}</div>`}
      </div>
    </section>`;
}

/** The search box: words and operators, with chips for what has been said. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { classes, html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { distinct } from '../lib/people.js';
import { parse, suggestions } from '../lib/search.js';
import { correspondents } from '../model/emails.js';
import { mailboxes } from '../model/mailboxes.js';
import { place } from '../model/list.js';
import { forgetRecent, recent, remember } from '../model/recent.js';
import { go, route } from '../model/route.js';
import { IconButton } from './controls.js';
import { Icon } from './icons.js';

/** @param {string} text @param {string} mailbox where one was, to return to */
function searchFor(text, mailbox) {
  const search = text.trim();
  if (search) {
    remember(search);
    go({ search });
  } else go({ mailbox });
}

/** A term without which the search goes on. @param {string} text @param {number} which */
const without = (text, which) => parse(text).filter((_, at) => at !== which).map(({ raw }) => raw).join(' ');

function Chips() {
  const { search } = route.value;
  const terms = parse(search);
  return html`
    <ul class="chips" aria-label=${t('search.terms')}>
      ${terms.map((term, which) => term.name && html`
        <li class="chip" key=${term.raw}>
          <span>${term.negated ? `${t('search.not')} ` : ''}${t(`search.${term.name}`)} ${term.value}</span>
          <button type="button" aria-label=${t('search.remove', { name: term.raw })}
            onClick=${() => searchFor(without(search, which), '')}><${Icon} name="close" /></button>
        </li>`)}
    </ul>`;
}

/**
 * @param {{name: string, value: string}} suggestion
 */
const explained = ({ name, value }) => (value
  ? html`<span class="cut">${name}:${value}</span>`
  : html`<span>${name}:</span><span class="end">${t(`search.${name}`)}</span>`);

/** @typedef {{text: string, name: string, value: string, recent?: boolean}} Offer */

/** @param {{at: number, offers: Offer[], take: (text: string) => void, forget: () => void}} given */
const Offers = ({ at, offers, take, forget }) => html`
  <div class="menu search-offers">
    <ul role="listbox" id="search-offers" aria-label=${t('search.offers')}>
      ${offers.map((offer, which) => html`
        <li key=${offer.text} id=${`offer-${which}`} role="option" aria-selected=${at === which} class=${classes('menu-item', at === which && 'at')}
          onMouseDown=${(/** @type {Event} */ event) => { event.preventDefault(); take(offer.text); }}>
          <${Icon} name=${offer.recent ? 'clock' : 'search'} />${offer.recent ? html`<span class="cut">${offer.text}</span>` : explained(offer)}
        </li>`)}
    </ul>
    ${offers.some((offer) => offer.recent) && html`
      <div class="search-forget"><button type="button" class="button quiet small"
        onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${forget}>${t('search.forget')}</button></div>`}
  </div>`;

/** What is typed, and what could follow it. */
function useTyping() {
  const [text, setText] = useState(route.value.search);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  useEffect(() => setText(route.value.search), [route.value.search]);
  const lately = text.trim() ? [] : recent.value.map((each) => ({ text: each, name: '', value: each, recent: true }));
  /** @type {Offer[]} */
  const offers = !open ? [] : [...lately, ...suggestions(text, {
    mailboxes: mailboxes.value, people: distinct(correspondents()), now: new Date(),
  }).filter((each) => !lately.some(({ text: had }) => had === each.text.trim()))];
  return { text, setText, open, setOpen, at, setAt, offers };
}

export function Search() {
  const typing = useTyping();
  const { text, at, offers } = typing;
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  const last = useRef(place.value);
  if (place.value) last.current = place.value;
  const say = (/** @type {string} */ next) => { typing.setText(next); typing.setAt(-1); };
  const done = (/** @type {string} */ next) => {
    say(next);
    typing.setOpen(false);
    box.current?.blur();
    searchFor(next, last.current);
  };
  const take = (/** @type {string} */ next) => {
    if (next.endsWith(':')) say(next);
    else done(next);
  };
  const forget = () => {
    forgetRecent();
    box.current?.focus();
  };
  const left = (/** @type {FocusEvent} */ { currentTarget, relatedTarget }) => {
    const inside = currentTarget instanceof Element && relatedTarget instanceof Node && currentTarget.contains(relatedTarget);
    if (!inside) typing.setOpen(false);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const offer = offers[at];
    if (event.key === 'ArrowDown') typing.setAt(Math.min(at + 1, offers.length - 1));
    else if (event.key === 'ArrowUp') typing.setAt(Math.max(at - 1, -1));
    else if (event.key === 'Escape') done('');
    else if (event.key === 'Enter') {
      if (offer) take(offer.text);
      else done(text);
    } else return;
    event.preventDefault();
  };
  return html`
    <div class="search" role="search" onFocusOut=${left}>
      <div class="search-box">
        <${Icon} name="search" />
        <input ref=${box} type="text" role="combobox" enterkeyhint="search" autocomplete="off" spellcheck=${false}
          placeholder=${t('search')} aria-label=${t('search')} aria-expanded=${offers.length > 0} aria-controls="search-offers"
          aria-activedescendant=${at >= 0 ? `offer-${at}` : undefined} aria-autocomplete="list" value=${text}
          onInput=${(/** @type {InputEvent} */ event) => { say(/** @type {HTMLInputElement} */ (event.currentTarget).value); typing.setOpen(true); }}
          onFocus=${() => typing.setOpen(true)} onKeyDown=${onKeyDown} />
        ${text && html`<${IconButton} icon="close" label=${t('search.clear')} onClick=${() => done('')} />`}
      </div>
      ${offers.length > 0 && html`<${Offers} at=${at} offers=${offers} take=${take} forget=${forget} />`}
      <${Chips} />
    </div>`;
}

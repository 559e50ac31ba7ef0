/** A field of addresses: each a chip, and whoever could be meant below (WAI-ARIA: combobox). */

import { useEffect, useRef, useState } from 'preact/hooks';
import { addresses, sendable, without } from '../../lib/addresses.js';
import { classes, html } from '../../lib/html.js';
import { t } from '../../lib/i18n.js';
import { called, written } from '../../lib/people.js';
import { acquaint, meant } from '../../model/acquaintances.js';
import { Avatar } from '../controls.js';
import { Icon } from '../icons.js';

/** @import { Address } from '../../lib/jmap/types.js' */

/** @param {{address: Address, onRemove: () => void, onEdit: () => void}} given */
const Person = ({ address, onRemove, onEdit }) => html`
  <li class=${classes('recipient', !sendable(address) && 'wrong')} title=${sendable(address) ? written(address) : t('compose.noAddress')}>
    <button type="button" class="recipient-name cut" onClick=${onEdit}>${called(address)}</button>
    <button type="button" class="recipient-remove" aria-label=${t('compose.remove', { name: called(address) })} onClick=${onRemove}>
      <${Icon} name="close" /></button>
  </li>`;

/** @param {{id: string, offers: Address[], at: number, onChoose: (address: Address) => void}} given */
const Offers = ({ id, offers, at, onChoose }) => html`
  <ul class="menu recipient-offers" id=${id} role="listbox" aria-label=${t('compose.people')}>
    ${offers.map((address, place) => html`
      <li key=${address.email} id=${`${id}-${place}`} class=${classes('menu-item', place === at && 'at')} role="option"
        aria-selected=${place === at} onPointerDown=${(/** @type {Event} */ event) => { event.preventDefault(); onChoose(address); }}>
        <${Avatar} address=${address} />
        <span class="recipient-offer"><span class="cut">${called(address)}</span>
          ${address.name && html`<span class="cut">${address.email}</span>`}</span>
      </li>`)}
  </ul>`;

/**
 * @param {{label: string, value: Address[], onChange: (value: Address[]) => void, focused?: boolean, children?: any}} given
 */
export function Recipients({ label, value, onChange, focused = false, children }) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const [open, setOpen] = useState(false);
  const [id] = useState(() => `people-${Math.random().toString(36).slice(2)}`);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (focused) input.current?.focus();
    void acquaint();
  }, []);
  const offers = open ? meant(typed, value) : [];
  const add = (/** @type {Address[]} */ those) => {
    onChange([...value, ...without(those, value)]);
    setTyped('');
    setAt(0);
  };
  const finish = () => { if (typed.trim()) add(addresses(typed)); };
  const onKeyDown = keyed({ typed, offers, at, value, setAt, setOpen, add, finish, onChange });
  const onInput = (/** @type {any} */ event) => {
    const text = event.target.value;
    setOpen(true);
    setAt(0);
    if (/[,;\n]\s*$/.test(text) && addresses(text).every(sendable)) add(addresses(text));
    else setTyped(text);
  };
  const onPaste = (/** @type {ClipboardEvent} */ event) => {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (addresses(text).length < 2) return;
    event.preventDefault();
    add(addresses(text));
  };
  const edit = (/** @type {Address} */ address) => {
    onChange(value.filter((each) => each !== address));
    setTyped(written(address));
    input.current?.focus();
  };
  return html`
    <div class="compose-field recipients" onClick=${(/** @type {Event} */ event) => { if (event.target === event.currentTarget) input.current?.focus(); }}>
      <label for=${`${id}-input`}>${label}</label>
      <ul class="recipient-list">
        ${value.map((address) => html`<${Person} key=${address.email} address=${address} onEdit=${() => edit(address)}
          onRemove=${() => { onChange(value.filter((each) => each !== address)); input.current?.focus(); }} />`)}
        <li class="recipient-new"><input id=${`${id}-input`} ref=${input} value=${typed} autocomplete="off" autocapitalize="off"
          spellcheck=${false} inputmode="email" role="combobox" aria-expanded=${offers.length > 0} aria-controls=${id} aria-autocomplete="list"
          aria-activedescendant=${offers.length ? `${id}-${at}` : undefined}
          onInput=${onInput} onKeyDown=${onKeyDown} onPaste=${onPaste} onBlur=${() => { finish(); setOpen(false); }} /></li>
      </ul>
      ${children}
      ${offers.length > 0 && html`<${Offers} id=${id} offers=${offers} at=${at} onChoose=${(/** @type {Address} */ each) => add([each])} />`}
    </div>`;
}

/**
 * What keys do in the field.
 * @param {{typed: string, offers: Address[], at: number, value: Address[], setAt: (at: number) => void, setOpen: (open: boolean) => void,
 *   add: (those: Address[]) => void, finish: () => void, onChange: (value: Address[]) => void}} now
 * @returns {(event: KeyboardEvent) => void}
 */
const keyed = ({ typed, offers, at, value, setAt, setOpen, add, finish, onChange }) => (event) => {
  const chosen = offers[at];
  if (event.key === 'ArrowDown' && offers.length) setAt((at + 1) % offers.length);
  else if (event.key === 'ArrowUp' && offers.length) setAt((at + offers.length - 1) % offers.length);
  else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) add([chosen]);
  else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && typed.trim()) finish();
  else if (event.key === 'Escape' && offers.length) setOpen(false);
  else if (event.key === 'Backspace' && !typed && value.length) onChange(value.slice(0, -1));
  else return;
  event.preventDefault();
  event.stopPropagation();
};

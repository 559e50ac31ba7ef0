/** A menu that hangs on a button (WAI-ARIA: menu button). */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { classes, html } from '../lib/html.js';
import { Icon } from './icons.js';

const EDGE = 8;
/** Pixels that a menu keeps from the edge of the window. */

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {() => void} [act]
 * @property {string} [icon]
 * @property {boolean} [danger]
 * @property {boolean} [checked] makes it a choice
 * @property {boolean} [toggle] a choice of its own, not one among others
 * @property {number} [depth] of a mailbox in its tree
 * @property {boolean} [line] a line before it
 */

/**
 * Put a menu where it fits: below its button, or above.
 * @param {HTMLElement} menu @param {DOMRect} button
 */
function placed(menu, button) {
  const { width, height } = menu.getBoundingClientRect();
  const below = button.bottom + 4;
  const top = below + height + EDGE > innerHeight ? Math.max(EDGE, button.top - height - 4) : below;
  const rtl = getComputedStyle(menu).direction === 'rtl';
  const wanted = rtl || button.left + width + EDGE > innerWidth ? button.right - width : button.left;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.min(Math.max(EDGE, wanted), innerWidth - width - EDGE)}px`;
}

/** @param {KeyboardEvent} event @param {HTMLElement | null} menu @param {() => void} close */
function keyed(event, menu, close) {
  const items = /** @type {HTMLElement[]} */ ([...(menu?.querySelectorAll('.menu-item') ?? [])]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items.at(to % items.length)?.focus();
  else if (event.key === 'Escape' || event.key === 'Tab') close();
  else if (event.key.length === 1 && event.key !== ' ') {
    const begins = (/** @type {HTMLElement} */ item) =>
      item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase());
    [...items.slice(at + 1), ...items].find(begins)?.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {{items: Item[], label: string, button: DOMRect, onClose: () => void}} given */
export function Menu({ items, label, button, onClose }) {
  const menu = useRef(/** @type {HTMLDivElement | null} */ (null));
  useLayoutEffect(() => {
    const returning = document.activeElement;
    if (menu.current) placed(menu.current, button);
    const first = menu.current?.querySelector('[aria-checked=true]') ?? menu.current?.querySelector('.menu-item');
    if (first instanceof HTMLElement) first.focus();
    return () => { if (returning instanceof HTMLElement && returning.isConnected) returning.focus(); };
  }, []);
  useEffect(() => {
    const outside = (/** @type {Event} */ event) => {
      if (!menu.current?.contains(/** @type {Node} */ (event.target))) onClose();
    };
    addEventListener('pointerdown', outside, true);
    addEventListener('resize', onClose);
    return () => {
      removeEventListener('pointerdown', outside, true);
      removeEventListener('resize', onClose);
    };
  }, []);
  return html`
    <div class="menu" role="menu" aria-label=${label} ref=${menu}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => keyed(event, menu.current, onClose)}>
      ${items.map((item) => html`<${Entry} key=${item.label} item=${item} onClose=${onClose} />`)}
    </div>`;
}

/** @param {{item: Item, onClose: () => void}} given */
function Entry({ item, onClose }) {
  const act = () => {
    onClose();
    item.act?.();
  };
  const choice = item.checked !== undefined;
  return html`
    ${item.line && html`<hr class="menu-line" />`}
    <button type="button" tabindex="-1" class=${classes('menu-item', item.danger && 'danger')}
      role=${choice ? (item.toggle ? 'menuitemcheckbox' : 'menuitemradio') : 'menuitem'} aria-checked=${choice ? item.checked : undefined}
      style=${item.depth ? { paddingInlineStart: `${12 + item.depth * 16}px` } : undefined} onClick=${act}>
      ${item.icon && html`<${Icon} name=${item.icon} />`}
      <span class="cut">${item.label}</span>
      ${item.checked && html`<span class="end"><${Icon} name="check" /></span>`}
    </button>`;
}

/**
 * A button with its menu; `children` is what the button shows.
 * @param {{items: () => Item[], label: string, class?: string, speaks?: boolean, children?: any}} given
 *   `items` is asked when it opens; a button that `speaks` has its name among its children
 */
export function MenuButton({ items, label, class: name = 'icon-button', speaks = false, children }) {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const [open, setOpen] = useState(/** @type {DOMRect | null} */ (null));
  const toggle = (/** @type {MouseEvent} */ event) => {
    event.stopPropagation();
    setOpen(open ? null : button.current?.getBoundingClientRect() ?? null);
  };
  return html`
    <span class="menu-anchor">
      <button type="button" class=${name} ref=${button} title=${label} aria-label=${speaks ? undefined : label}
        aria-haspopup="menu" aria-expanded=${Boolean(open)} onClick=${toggle}>${children}</button>
      ${open && html`<${Menu} items=${items()} label=${label} button=${open} onClose=${() => setOpen(null)} />`}
    </span>`;
}

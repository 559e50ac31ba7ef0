/** The list: as many rows as one sees, of as many as there are. */

import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { parse } from '../lib/search.js';
import { reveal, seen, tall } from '../lib/window.js';
import { openRow } from '../model/commands.js';
import { compact, flat } from '../model/layout.js';
import { byKeyboard } from '../model/keys.js';
import { go, route } from '../model/route.js';
import { fresh, ids, loading, look, place, quick, restart, searched, seeTop, total, trouble } from '../model/list.js';
import { mailboxes } from '../model/mailboxes.js';
import { choose, focus, pointed } from '../model/selection.js';
import { announced } from '../model/toasts.js';
import { Spinner } from './controls.js';
import { Icon } from './icons.js';
import { Row } from './row.js';
import { Toolbar } from './toolbar.js';

const TALL = { comfortable: 82, compact: 60 };
const FLAT = { comfortable: 44, compact: 34 };
/** Pixels of a row, as `.row`, `.flat .row` and `.compact` in list.css have them. */

/** @param {{current: HTMLDivElement | null}} box @param {number} row */
const viewOf = (box, row) => ({
  total: total.value, row, top: box.current?.scrollTop ?? 0, height: box.current?.clientHeight ?? 0,
});

/**
 * New rows above what is looked at must not move it.
 * @param {{current: HTMLDivElement | null}} box @param {number} row
 */
function useAnchor(box, row) {
  const before = useRef(/** @type {(string | undefined)[]} */ ([]));
  useLayoutEffect(() => {
    const element = box.current;
    const index = element ? Math.floor(element.scrollTop / row) : 0;
    const id = before.current[index];
    if (element && element.scrollTop > row && id !== undefined) {
      const now = ids.value.indexOf(id);
      if (now >= 0 && now !== index) element.scrollTop += (now - index) * row;
    }
    before.current = ids.value;
  }, [ids.value]);
}

/** Whether the focus is among the rows, or on nothing, so that it follows the row it is at. */
let walking = false;

/** @param {{current: HTMLDivElement | null}} box @param {number} height */
function useFocusSeen(box, height) {
  const seenLast = useRef(/** @type {{id?: string, pointed: boolean}} */ ({ pointed: false }));
  useLayoutEffect(() => {
    const element = box.current;
    const id = ids.value[focus.value];
    const to = element && reveal(viewOf(box, height), focus.value);
    // A row that only has another place now is not what somebody wants to see.
    const same = id !== undefined && id === seenLast.current.id && pointed.value === seenLast.current.pointed;
    if (element && to !== null && !same) element.scrollTop = to;
    seenLast.current = { id, pointed: pointed.value };
    if (byKeyboard.peek() && pointed.value && !route.value.thread) walking = true;
  }, [focus.value, pointed.value]);
  useLayoutEffect(() => {
    const active = document.activeElement;
    if (active?.matches('input, iframe, .conversation *, [role^=menu], dialog *')) walking = false;
    const row = box.current?.querySelector('.row[tabindex="0"]');
    // A row that is moved or drawn anew loses the focus that it had, or should get.
    if (walking && row instanceof HTMLElement && active !== row) row.focus({ preventScroll: true });
  });
}

/** @param {KeyboardEvent} event */
function keyed(event) {
  const to = {
    ArrowDown: focus.value + 1, ArrowUp: focus.value - 1, PageDown: focus.value + 10,
    PageUp: focus.value - 10, Home: 0, End: total.value - 1,
  }[event.key];
  if (to !== undefined) {
    walking = true;
    focus.value = Math.max(0, Math.min(total.value - 1, to));
    if (event.shiftKey) choose(focus.value, { range: true });
  } else if (event.key === ' ' && event.target instanceof Element && event.target.matches('.row')) {
    choose(focus.value, { range: event.shiftKey });
  } else if (event.key === 'Enter' && event.target instanceof Element && event.target.matches('.row')) {
    openRow(focus.value);
  } else return;
  event.preventDefault();
}

function NothingFound() {
  const search = searched.value;
  const limited = parse(search).some(({ name }) => name === 'in');
  return html`
    <div class="empty"><${Icon} name="search" /><p>${t('list.nothingFound')}</p>
      ${!limited && html`<button type="button" class="button" onClick=${() => go({ search: `${search} in:anywhere` })}>
        ${t('search.everywhere')}</button>`}</div>`;
}

function Empty() {
  if (trouble.value) {
    return html`
      <div class="empty"><${Icon} name="offline" /><p>${t('list.trouble')}</p>
        <button type="button" class="button" onClick=${restart}>${t('again')}</button></div>`;
  }
  if (loading.value) return html`<div class="empty"><${Spinner} /></div>`;
  if (quick.value.length) {
    return html`
      <div class="empty"><${Icon} name="filter" /><p>${t('list.nothingLeft')}</p>
        <button type="button" class="button" onClick=${() => { quick.value = []; }}>${t('quick.clear')}</button></div>`;
  }
  if (searched.value) return html`<${NothingFound} />`;
  const role = mailboxes.value.get(place.value)?.role;
  return html`
    <div class="empty"><${Icon} name=${role ?? 'mailbox'} />
      <p>${t(role === 'inbox' ? 'list.inboxEmpty' : 'list.empty')}</p></div>`;
}

/** Says that mail has come in above what is seen. @param {{onTop: () => void}} given */
const Fresh = ({ onTop }) => html`
  <button type="button" class="fresh" onClick=${onTop}>
    <${Icon} name="down" /> ${t('list.fresh', { n: fresh.value.size })}</button>`;

export function List() {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const moved = useSignal(0);
  const row = (flat.value ? FLAT : TALL)[compact.value ? 'compact' : 'comfortable'];
  void moved.value;
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = 0;
    moved.value += 1;
  }, [place.value, searched.value, row]);
  useAnchor(box, row);
  useFocusSeen(box, row);
  useEffect(() => {
    walking = byKeyboard.peek() && pointed.peek();
    const watcher = new ResizeObserver(() => { moved.value += 1; });
    if (box.current) watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  const view = viewOf(box, row);
  const top = view.top < row / 2;
  useEffect(() => {
    if (top) seeTop();
    else if (fresh.value.size) announced.value = t('list.fresh', { n: fresh.value.size });
  }, [top, fresh.value]);
  const onTop = () => {
    if (box.current) box.current.scrollTop = 0;
    focus.value = 0;
    walking = byKeyboard.peek();
  };
  const { first, last, shift } = seen(view);
  useEffect(() => look(first, last), [first, last, total.value]);
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, each) => first + each);
  if (focus.value < total.value && (focus.value < first || focus.value >= last)) shown.push(focus.value);
  return html`
    <${Toolbar} />
    ${!top && fresh.value.size > 0 && html`<div class="fresh-place"><${Fresh} onTop=${onTop} /></div>`}
    <div class=${flat.value ? 'list flat' : 'list'} ref=${box} onScroll=${() => { moved.value += 1; }}>
      ${total.value === 0 && html`<${Empty} />`}
      <div class="rows" role="grid" aria-label=${t('list')} aria-rowcount=${total.value} aria-multiselectable="true"
        style=${{ blockSize: `${tall(view)}px` }} onKeyDown=${keyed}>
        ${shown.map((index) => html`
          <${Row} key=${index} index=${index} id=${ids.value[index]} top=${index * row + shift} />`)}
      </div>
    </div>`;
}

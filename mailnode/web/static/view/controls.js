/** The small things that everything is made of. */

import { useEffect, useRef } from 'preact/hooks';
import { classes, html } from '../lib/html.js';
import { hue, initials } from '../lib/people.js';
import { t } from '../lib/i18n.js';
import { Icon } from './icons.js';

/**
 * A button that is only an icon, with its name for the screen reader and the pointer.
 * @param {{icon: string, label: string, onClick: (event: MouseEvent) => void, pressed?: boolean,
 *   filled?: boolean, disabled?: boolean, class?: string, [more: string]: any}} given
 */
export const IconButton = ({ icon, label, pressed, filled, class: name, ...more }) => html`
  <button type="button" class=${classes('icon-button', name)} title=${label} aria-label=${label}
    aria-pressed=${pressed} ...${more}>
    <${Icon} name=${icon} filled=${filled ?? pressed} />
  </button>`;

/** @param {{address: import('../lib/jmap/types.js').Address | undefined}} given */
export const Avatar = ({ address = { name: null, email: '?' } }) => html`
  <span class=${`avatar avatar-${hue(address)}`} aria-hidden="true">${initials(address)}</span>`;

/** @param {{label?: string}} given */
export const Spinner = ({ label = t('loading') }) => html`
  <span class="spinner" role="status" aria-label=${label}></span>`;

/**
 * A dialog before everything else; Escape and a press outside close it.
 * @param {{title: string, onClose: () => void, children?: any, class?: string}} given
 */
export function Dialog({ title, onClose, children, class: name }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const returning = document.activeElement;
    dialog.current?.showModal();
    return () => { if (returning instanceof HTMLElement) returning.focus(); };
  }, []);
  const outside = (/** @type {MouseEvent} */ event) => {
    if (event.target === dialog.current) onClose();
  };
  return html`
    <dialog ref=${dialog} class=${classes('dialog', name)} aria-label=${title}
      onClick=${outside} onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); onClose(); }}>
      <div class="dialog-inside">
        <header class="dialog-head">
          <h2>${title}</h2>
          <${IconButton} icon="close" label=${t('close')} onClick=${onClose} />
        </header>
        ${children}
      </div>
    </dialog>`;
}

/** The toasts, and the voice for those who do not see them. */

import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { announced, dismiss, toasts } from '../model/toasts.js';
import { IconButton } from './controls.js';

/** @param {{toast: import('../model/toasts.js').Toast}} given */
function Toast({ toast }) {
  const act = () => {
    dismiss(toast.id);
    toast.action?.();
  };
  return html`
    <div class=${`toast ${toast.kind}`}>
      <span class="toast-text">${toast.text}</span>
      ${toast.action && html`<button type="button" class="toast-action" onClick=${act}>${toast.label}</button>`}
      <${IconButton} icon="close" label=${t('close')} onClick=${() => dismiss(toast.id)} />
    </div>`;
}

export const Toasts = () => html`
  <div class="toasts">${toasts.value.map((each) => html`<${Toast} key=${each.id} toast=${each} />`)}</div>
  <div class="unseen" role="status" aria-live="polite">${announced.value}</div>`;

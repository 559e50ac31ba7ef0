/** Passwords for programs, each its own, so that one can be taken back alone. */

import { useState } from 'preact/hooks';
import { html } from '../../lib/html.js';
import { medium } from '../../lib/dates.js';
import { language, t } from '../../lib/i18n.js';
import { makePassword, passwords, removePassword } from '../../model/access.js';
import { complain } from '../../model/actions.js';
import { Dialog, Spinner } from '../controls.js';
import { useLoaded } from './loaded.js';

/** @import { Access } from '../../model/access.js' */

export function Programs() {
  const [list, again] = useLoaded(passwords);
  const [making, setMaking] = useState(false);
  if (!list) return html`<${Spinner} />`;
  return html`
    <p class="settings-hint">${t('settings.programsHint')}</p>
    ${list.length > 0 && html`<ul class="settings-card">
      ${list.map((/** @type {Access} */ each) => html`
        <li key=${each.id} class="setting">
          <span class="setting-words"><span class="cut">${each.label}</span>
            <small class="cut">${each.seen ? t('settings.used', { when: medium(each.seen, new Date(), language.value) }) : t('settings.unused')}</small></span>
          <button type="button" class="button small" onClick=${() => removePassword(each.id).then(again, complain)}>${t('settings.remove')}</button>
        </li>`)}
    </ul>`}
    <button type="button" class="button" onClick=${() => setMaking(true)}>${t('settings.newPassword')}</button>
    ${making && html`<${Making} onClose=${() => { setMaking(false); void again(); }} />`}`;
}

/** @param {{onClose: () => void}} given */
function Making({ onClose }) {
  const [secret, setSecret] = useState('');
  const [wrong, setWrong] = useState(false);
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const { label, password } = event.target.elements;
    try {
      const made = await makePassword({ label: label.value.trim(), password: password.value });
      setWrong(made === null);
      setSecret(made ?? '');
    } catch (reason) {
      complain(reason);
    }
  };
  if (secret) {
    return html`
      <${Dialog} title=${t('settings.newPassword')} onClose=${onClose}>
        <p>${t('settings.once')}</p>
        <output class="secret">${secret}</output>
        <div class="dialog-feet">
          <button type="button" class="button" onClick=${() => void navigator.clipboard?.writeText(secret)}>${t('settings.copy')}</button>
          <button type="button" class="button primary" onClick=${onClose}>${t('close')}</button>
        </div>
      <//>`;
  }
  return html`
    <${Dialog} title=${t('settings.newPassword')} onClose=${onClose}>
      <form class="dialog-form" onSubmit=${submit}>
        <label class="field"><span>${t('settings.program')}</span><input class="input" name="label" required maxlength="100" autofocus /></label>
        <label class="field"><span>${t('settings.own')}</span><input class="input" name="password" type="password" required autocomplete="current-password" /></label>
        ${wrong && html`<p class="notice failed" role="alert">${t('settings.wrong')}</p>`}
        <div class="dialog-feet">
          <button type="button" class="button" onClick=${onClose}>${t('cancel')}</button>
          <button class="button primary">${t('settings.make')}</button>
        </div>
      </form>
    <//>`;
}

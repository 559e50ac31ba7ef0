/** As whom one writes, and what stands below (RFC 8621, 6). */

import { useState } from 'preact/hooks';
import { addresses } from '../../lib/addresses.js';
import { html } from '../../lib/html.js';
import { t } from '../../lib/i18n.js';
import { written } from '../../lib/people.js';
import { changeIdentity, createIdentity, destroyIdentity, identities, refreshIdentities } from '../../model/identities.js';
import { why } from '../../model/sending.js';
import { toast } from '../../model/toasts.js';
import { Avatar, Dialog, Spinner } from '../controls.js';
import { useLoaded } from './loaded.js';

/** @import { Identity } from '../../model/identities.js' */

const NEW = /** @type {Identity} */ ({ id: '', name: '', email: '', replyTo: null, bcc: null, textSignature: '', htmlSignature: '', mayDelete: true });

export function Identities() {
  const [there] = useLoaded(async () => { await refreshIdentities(); return true; });
  const [edited, edit] = useState(/** @type {Identity | null} */ (null));
  if (!there && !identities.value.length) return html`<${Spinner} />`;
  return html`
    <p class="settings-hint">${t('settings.identitiesHint')}</p>
    <ul class="settings-card">
      ${identities.value.map((each) => html`
        <li key=${each.id} class="setting">
          <${Avatar} address=${{ name: each.name || null, email: each.email }} />
          <span class="setting-words"><span class="cut">${each.name || each.email}</span><small class="cut">${each.email}</small></span>
          <button type="button" class="button small" onClick=${() => edit(each)}>${t('settings.edit')}</button>
        </li>`)}
    </ul>
    <button type="button" class="button" onClick=${() => edit(NEW)}>${t('settings.newIdentity')}</button>
    ${edited && html`<${Editing} one=${edited} onClose=${() => edit(null)} />`}`;
}

/** @param {{one: Identity, onClose: () => void}} given */
function Editing({ one, onClose }) {
  const [wrong, setWrong] = useState('');
  const attempt = async (/** @type {() => Promise<void>} */ act) => {
    try {
      await act();
      onClose();
      toast(t('settings.kept'));
    } catch (reason) {
      setWrong(why(reason));
    }
  };
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const { name, email, replyTo, signature } = event.target.elements;
    const said = addresses(replyTo.value);
    const change = { name: name.value, replyTo: said.length ? said : null, textSignature: signature.value, htmlSignature: '' };
    void attempt(() => (one.id ? changeIdentity(one.id, change) : createIdentity({ ...change, email: email.value.trim() })));
  };
  return html`
    <${Dialog} title=${one.id ? one.email : t('settings.newIdentity')} onClose=${onClose}>
      <form class="dialog-form" onSubmit=${submit}>
        ${!one.id && html`<label class="field"><span>${t('signin.user')}</span><input class="input" name="email" type="email" required autofocus /></label>`}
        <label class="field"><span>${t('settings.name')}</span><input class="input" name="name" value=${one.name} autocomplete="name" /></label>
        <label class="field"><span>${t('settings.replyTo')}</span><input class="input" name="replyTo" value=${(one.replyTo ?? []).map(written).join(', ')} /></label>
        <label class="field"><span>${t('settings.signature')}</span><textarea class="input" name="signature" rows="5">${one.textSignature}</textarea></label>
        ${wrong && html`<p class="notice failed" role="alert">${wrong}</p>`}
        <div class="dialog-feet">
          ${one.id && one.mayDelete && html`<button type="button" class="button danger" onClick=${() => void attempt(() => destroyIdentity(one.id))}>${t('settings.remove')}</button>`}
          <button type="button" class="button" onClick=${onClose}>${t('cancel')}</button>
          <button class="button primary">${t('settings.keep')}</button>
        </div>
      </form>
    <//>`;
}

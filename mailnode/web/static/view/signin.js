/** Signing in. */

import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Refused, signIn } from '../model/session.js';

/** @param {unknown} reason */
function told(reason) {
  if (!(reason instanceof Refused)) return t('signin.unreachable');
  if (reason.why === 'password') return t('signin.wrong');
  return reason.why === 'busy' ? t('signin.busy', { n: reason.wait }) : t('signin.server');
}

export function SignIn() {
  const [failed, setFailed] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const said = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    setBusy(true);
    setFailed('');
    try {
      await signIn({
        user: String(said.get('user')).trim(),
        password: String(said.get('password')),
        stay: said.get('stay') === 'on',
      });
    } catch (reason) {
      setFailed(told(reason));
      setBusy(false);
    }
  };
  return html`
    <main class="signin">
      <form class="signin-card" onSubmit=${submit}>
        <div class="signin-brand">
          <img src="/static/icon.svg" alt="" />
          <h1>${t('app.name')}</h1>
          <p>${t('signin.hint')}</p>
        </div>
        <label class="field"><span>${t('signin.user')}</span>
          <input class="input" name="user" type="text" inputmode="email" autocomplete="username"
            autocapitalize="none" spellcheck=${false} required autofocus />
        </label>
        <label class="field"><span>${t('signin.password')}</span>
          <input class="input" name="password" type="password" autocomplete="current-password" required />
        </label>
        <label class="check"><input name="stay" type="checkbox" /> ${t('signin.stay')}</label>
        ${failed && html`<p class="notice failed" role="alert">${failed}</p>`}
        <button class="button primary" disabled=${busy}>${t('signin.go')}</button>
      </form>
    </main>`;
}

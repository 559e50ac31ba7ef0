/** What becomes of a letter: it is sent, now or later; kept; thrown away. */

import { useRef, useState } from 'preact/hooks';
import { sendable } from '../../lib/addresses.js';
import { promises } from '../../lib/draft.js';
import { html } from '../../lib/html.js';
import { t } from '../../lib/i18n.js';
import { complain } from '../../model/actions.js';
import { closeCompose } from '../../model/compose.js';
import { discard } from '../../model/drafts.js';
import { send, why } from '../../model/sending.js';
import { Dialog, IconButton } from '../controls.js';
import { Icon } from '../icons.js';
import { MenuButton } from '../menu.js';

/** @import { Letter } from '../../model/letters.js' */

/** What is missing before it can go. @param {Letter} letter @returns {string} */
function missing(letter) {
  if (!letter.everybody.length) return t('compose.error.noRecipients');
  if (!letter.everybody.every(sendable)) return t('compose.error.invalidRecipients');
  return letter.uploading ? t('compose.uploading') : '';
}

/** Times that people wish for. @returns {[string, Date][]} */
function times() {
  const at = (/** @type {number} */ days, /** @type {number} */ hour) => {
    const found = new Date();
    found.setDate(found.getDate() + days);
    found.setHours(hour, 0, 0, 0);
    return found;
  };
  const monday = ((8 - new Date().getDay()) % 7) || 7;
  return [
    [t('compose.inAnHour'), new Date(Date.now() + 3_600_000)],
    [t('compose.tomorrow'), at(1, 8)],
    [t('compose.monday'), at(monday, 8)],
  ];
}

/**
 * What is asked before it goes, and what happens then.
 * @param {Letter} letter
 */
function useSending(letter) {
  const [asking, setAsking] = useState(/** @type {{text: string, at: Date | null} | null} */ (null));
  const [busy, setBusy] = useState(false);
  const go = async (/** @type {Date | null} */ at) => {
    setAsking(null);
    setBusy(true);
    letter.complaint.value = '';
    try {
      await send(letter, at);
    } catch (reason) {
      letter.complaint.value = why(reason);
    }
    setBusy(false);
  };
  const tried = (/** @type {Date | null} */ at) => {
    letter.complaint.value = missing(letter);
    if (letter.complaint.value) return;
    const { text } = letter.content();
    const forgotten = promises(`${letter.subject.value}\n${text}`) && !letter.files.value.some(({ inline }) => !inline);
    if (forgotten) setAsking({ text: t('compose.forgotten'), at });
    else if (!letter.subject.value.trim()) setAsking({ text: t('compose.noSubject'), at });
    else void go(at);
  };
  return { asking, setAsking, busy, go, tried };
}

/** Whether the draft is safe, said truthfully. @param {{letter: Letter}} given */
const Kept = ({ letter }) => html`
  <span class=${`kept ${letter.kept.value}`} role="status">${letter.kept.value === 'clean' ? '' : t(`compose.kept.${letter.kept.value}`)}</span>`;

/** @param {{letter: Letter, onTurn: () => void, onFiles: (files: File[]) => void}} given */
export function Feet({ letter, onTurn, onFiles }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [picking, setPicking] = useState(false);
  const { asking, setAsking, busy, go, tried } = useSending(letter);
  const later = () => [
    ...times().map(([label, at]) => ({ icon: 'clock', label, act: () => tried(at) })),
    { icon: 'clock', label: t('compose.pick'), line: true, act: () => setPicking(true) },
  ];
  const away = () => {
    closeCompose(letter.wanted.key);
    discard(letter).catch(complain);
  };
  const chosen = (/** @type {any} */ event) => {
    onFiles([...event.target.files]);
    event.target.value = '';
  };
  return html`
    <footer class="composer-feet">
      <span class="send-buttons">
        <button type="button" class="button primary send" disabled=${busy} title="Ctrl+Enter" onClick=${() => tried(null)}>${t('compose.send')}</button>
        <${MenuButton} class="button primary send-later" label=${t('compose.later')} items=${later}><${Icon} name="down" /><//>
      </span>
      <${IconButton} icon="clip" label=${t('compose.attach')} onClick=${() => input.current?.click()} />
      <input ref=${input} type="file" multiple hidden onChange=${chosen} />
      <${IconButton} icon="text" label=${letter.rich.value ? t('compose.toPlain') : t('compose.toRich')} pressed=${letter.rich.value} filled=${false} onClick=${onTurn} />
      <${Kept} letter=${letter} />
      <${IconButton} icon="trash" label=${t('compose.discard')} onClick=${away} />
    </footer>
    ${asking && html`<${Doubt} text=${asking.text} onClose=${() => setAsking(null)} onGo=${() => void go(asking.at)} />`}
    ${picking && html`<${Picking} onClose=${() => setPicking(false)} onPick=${(/** @type {Date} */ at) => { setPicking(false); tried(at); }} />`}`;
}

/** @param {{text: string, onClose: () => void, onGo: () => void}} given */
const Doubt = ({ text, onClose, onGo }) => html`
  <${Dialog} title=${t('compose.sure')} onClose=${onClose}>
    <p>${text}</p>
    <div class="dialog-feet">
      <button type="button" class="button" autofocus onClick=${onClose}>${t('compose.back')}</button>
      <button type="button" class="button primary" onClick=${onGo}>${t('compose.anyway')}</button>
    </div>
  <//>`;

/** @param {{onClose: () => void, onPick: (at: Date) => void}} given */
function Picking({ onClose, onPick }) {
  const local = (/** @type {number} */ moment) => {
    const date = new Date(moment);
    return new Date(moment - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    onPick(new Date(event.target.elements.at.value));
  };
  return html`
    <${Dialog} title=${t('compose.later')} onClose=${onClose}>
      <form class="dialog-form" onSubmit=${submit}>
        <label class="field"><span>${t('compose.when')}</span>
          <input class="input" type="datetime-local" name="at" required min=${local(Date.now())} value=${local(Date.now() + 86_400_000)} /></label>
        <div class="dialog-feet"><button class="button primary">${t('compose.schedule')}</button></div>
      </form>
    <//>`;
}

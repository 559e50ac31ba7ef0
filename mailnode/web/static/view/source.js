/** What a message is made of: all header fields, and its octets. */

import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { full } from '../lib/dates.js';
import { written } from '../lib/people.js';
import { language, size, t } from '../lib/i18n.js';
import { complain } from '../model/actions.js';
import { mailboxes, title } from '../model/mailboxes.js';
import { jmap } from '../model/session.js';
import { Dialog, Spinner } from './controls.js';

/** @import { Address, Email } from '../lib/jmap/types.js' */

const SHOWN = 2 ** 20;
/** Octets of the source that are shown; a text of many megabytes helps nobody. */

/** @param {Address[] | null | undefined} those */
const all = (those) => (those ?? []).map(written).join(', ');

/** @param {Email} one @returns {[string, string][]} */
const fields = (one) => /** @type {[string, string][]} */ ([
  [t('details.from'), all(one.from)],
  [t('details.to'), all(one.to)],
  [t('details.cc'), all(one.cc)],
  [t('details.bcc'), all(one.bcc)],
  [t('details.replyTo'), all(one.replyTo)],
  [t('details.date'), one.sentAt ? full(one.sentAt, language.value) : ''],
  [t('details.received'), full(one.receivedAt, language.value)],
  [t('details.size'), size(one.size)],
  [t('details.mailboxes'), Object.keys(one.mailboxIds).map((id) => title(mailboxes.value.get(id))).join(', ')],
]).filter(([, value]) => value);

/** Every field of the header, as it came. @param {{one: Email}} given */
function Fields({ one }) {
  const [headers, setHeaders] = useState(/** @type {{name: string, value: string}[] | null} */ (null));
  useEffect(() => {
    jmap().call('Email/get', { ids: [one.id], properties: ['headers'] })
      .then(({ list }) => setHeaders(list[0]?.headers ?? []), complain);
  }, [one.id]);
  if (!headers) return html`<${Spinner} />`;
  return html`<dl class="headers">${headers.map(({ name, value }, at) => html`
    <div key=${at}><dt>${name}</dt><dd>${value.trim()}</dd></div>`)}</dl>`;
}

/** @param {{one: Email}} given */
export function Details({ one }) {
  const [whole, setWhole] = useState(false);
  return html`
    <div class="details">
      <dl>${fields(one).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      ${whole ? html`<${Fields} one=${one} />`
    : html`<button type="button" class="button quiet small" onClick=${() => setWhole(true)}>${t('details.headers')}</button>`}
    </div>`;
}

/** The message as it is. @param {{one: Email, onClose: () => void}} given */
export function Source({ one, onClose }) {
  const [text, setText] = useState('');
  useEffect(() => {
    const url = jmap().download({ blobId: one.blobId, name: 'message.eml', type: 'text/plain' });
    jmap().reach(url, {}).then((response) => response.blob())
      .then((blob) => blob.slice(0, SHOWN).text()).then(setText)
      .catch((reason) => { complain(reason); onClose(); });
  }, [one.blobId]);
  return html`
    <${Dialog} class="wide" title=${t('message.source')} onClose=${onClose}>
      ${text ? html`<pre class="source" tabindex="0">${text}</pre>` : html`<${Spinner} />`}
    <//>`;
}

/** Making, renaming, moving and deleting mailboxes. */

import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { branches, within } from '../lib/tree.js';
import { complain } from '../model/actions.js';
import { ask } from '../model/asking.js';
import { changeMailbox, createMailbox, destroyMailbox, mailboxes, title } from '../model/mailboxes.js';
import { go, route } from '../model/route.js';
import { toast } from '../model/toasts.js';
import { empty, readAll } from '../model/whole.js';
import { Dialog } from './controls.js';

/** @import { Mailbox } from '../lib/jmap/types.js' */

/**
 * @typedef {{kind: 'create', parentId: string | null} | {kind: 'edit', mailbox: Mailbox}} Editing
 */

/** What is being made or changed. @type {import('@preact/signals').Signal<Editing | null>} */
export const editing = signal(null);

/** @param {Mailbox} mailbox */
async function gone(mailbox) {
  try {
    if (route.value.mailbox === mailbox.id) go({});
    await destroyMailbox(mailbox.id);
    toast(t('mailbox.gone', { name: title(mailbox) }));
  } catch (reason) {
    complain(reason);
  }
}

/** What one can do with a mailbox. @param {Mailbox} mailbox @returns {import('./menu.js').Item[]} */
export function mailboxItems(mailbox) {
  const { mayCreateChild, mayRename, mayDelete } = mailbox.myRights;
  const items = [];
  if (mailbox.unreadEmails) items.push({ icon: 'read', label: t('whole.markRead'), act: () => { void readAll(mailbox); } });
  if (mailbox.totalEmails && (mailbox.role === 'trash' || mailbox.role === 'junk')) {
    items.push({ icon: 'trash', danger: true, label: t('whole.empty', { name: title(mailbox) }), act: () => { void empty(mailbox); } });
  }
  if (mayCreateChild) {
    items.push({ icon: 'plus', line: items.length > 0, label: t('mailbox.newBelow'), act: () => { editing.value = { kind: 'create', parentId: mailbox.id }; } });
  }
  if (mayRename && !mailbox.role) {
    items.push({ icon: 'compose', label: t('mailbox.edit'), act: () => { editing.value = { kind: 'edit', mailbox }; } });
  }
  if (mayDelete && !mailbox.role) {
    items.push({
      icon: 'trash', danger: true, line: items.length > 0, label: t('mailbox.delete'), act: () => ask({
        title: t('mailbox.delete'), text: t('mailbox.deleteAsk', { name: title(mailbox) }), label: t('mailbox.delete'), act: () => { void gone(mailbox); },
      }),
    });
  }
  return items;
}

/** The mailboxes that one may be put into. @param {Mailbox | null} mailbox */
const parents = (mailbox) => branches(mailboxes.value.values())
  .filter(({ mailbox: each }) => each.myRights.mayCreateChild
    && !(mailbox && within(mailboxes.value, each.id, mailbox.id)));

/** @param {Editing} what @param {string} name @param {string | null} parentId */
async function saved(what, name, parentId) {
  if (what.kind === 'create') {
    const id = await createMailbox(name, parentId);
    toast(t('mailbox.made', { name }));
    go({ mailbox: id });
  } else {
    const { id, name: before, parentId: above } = what.mailbox;
    await changeMailbox(id, { name, parentId });
    const undo = () => { changeMailbox(id, { name: before, parentId: above }).catch(complain); };
    toast(t('mailbox.changed', { name }), { label: t('undo'), action: undo });
  }
}

/** @param {{what: Editing}} given */
function Editor({ what }) {
  const mailbox = what.kind === 'edit' ? what.mailbox : null;
  const [failed, setFailed] = useState('');
  const close = () => { editing.value = null; };
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const said = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    try {
      await saved(what, String(said.get('name')).trim(), String(said.get('parent')) || null);
      close();
    } catch (reason) {
      setFailed(reason instanceof Error ? reason.message : String(reason));
    }
  };
  const parentId = (what.kind === 'create' ? what.parentId : what.mailbox.parentId) ?? '';
  return html`
    <${Dialog} title=${t(mailbox ? 'mailbox.edit' : 'mailbox.new')} onClose=${close}>
      <form class="dialog-form" onSubmit=${submit}>
        <label class="field"><span>${t('mailbox.name')}</span>
          <input class="input" name="name" required maxlength="200" autofocus defaultValue=${mailbox?.name ?? ''} /></label>
        <label class="field"><span>${t('mailbox.parent')}</span>
          <select class="input" name="parent">
            <option value="">${t('mailbox.top')}</option>
            ${parents(mailbox).map(({ mailbox: each, depth }) => html`
              <option key=${each.id} value=${each.id} selected=${each.id === parentId}>${'\u2003'.repeat(depth)}${title(each)}</option>`)}
          </select></label>
        ${failed && html`<p class="notice failed" role="alert">${failed}</p>`}
        <div class="dialog-feet">
          <button type="button" class="button" onClick=${close}>${t('cancel')}</button>
          <button class="button primary">${t(mailbox ? 'mailbox.save' : 'mailbox.create')}</button>
        </div>
      </form>
    <//>`;
}

export const MailboxDialogs = () => editing.value
  && html`<${Editor} key=${editing.value.kind} what=${editing.value} />`;

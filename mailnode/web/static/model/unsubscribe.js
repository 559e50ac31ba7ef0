/** Leaving a mailing list by a message that nobody has to write. */

import { accepted } from '../lib/jmap/errors.js';
import { t } from '../lib/i18n.js';
import { complain, roleMailbox } from './actions.js';
import { ask } from './asking.js';
import { jmap } from './session.js';
import { toast } from './toasts.js';

/** @import { Email } from '../lib/jmap/types.js' */
/** @import { Way } from '../lib/unsubscribe.js' */

/** The identity that a message was sent to, or the first. @param {Email} one */
async function identityFor(one) {
  const { list } = await jmap().call('Identity/get', { ids: null });
  const ours = [...one.to ?? [], ...one.cc ?? []].map(({ email }) => email.toLowerCase());
  const found = list.find((/** @type {{email: string}} */ { email }) => ours.includes(email.toLowerCase())) ?? list[0];
  if (!found) throw new Error(t('unsubscribe.nobody'));
  return found;
}

/** @param {Email} one @param {Extract<Way, {kind: 'mail'}>} way */
async function sent(one, { to, subject, body }) {
  const [identity, mailbox] = await Promise.all([identityFor(one), roleMailbox('sent')]);
  const message = {
    mailboxIds: { [mailbox]: true },
    keywords: { $seen: true },
    from: [{ name: identity.name || null, email: identity.email }],
    to: [{ name: null, email: to }],
    subject,
    bodyValues: { text: { value: body } },
    textBody: [{ partId: 'text', type: 'text/plain' }],
  };
  const [made, submitted] = await jmap().request([
    ['Email/set', { create: { leaving: message } }],
    ['EmailSubmission/set', { create: { out: { identityId: identity.id, emailId: '#leaving' } } }],
  ]);
  accepted(made);
  accepted(submitted);
}

/** Leave, once it is sure that one wants to. @param {Email} one @param {Extract<Way, {kind: 'mail'}>} way */
export function leave(one, way) {
  const name = one.from?.[0]?.name || one.from?.[0]?.email || way.to;
  ask({
    title: t('unsubscribe'),
    text: t('unsubscribe.ask', { name, to: way.to }),
    label: t('unsubscribe'),
    act: () => { sent(one, way).then(() => toast(t('unsubscribe.done', { name })), complain); },
  });
}

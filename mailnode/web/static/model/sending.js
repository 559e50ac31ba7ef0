/** Sending: at once, in a few seconds so that it can be undone, or later (RFC 8621, 7). */

import { signal } from '@preact/signals';
import { drafted } from '../lib/draft.js';
import { accepted, RecordRefused } from '../lib/jmap/errors.js';
import { t } from '../lib/i18n.js';
import { complain, roleMailbox } from './actions.js';
import { closeCompose, openCompose } from './compose.js';
import { settled } from './drafts.js';
import { refresh } from './list.js';
import { preferences } from './preferences.js';
import { jmap } from './session.js';
import { dismiss, toast } from './toasts.js';

/** @import { Address, Email, Patch } from '../lib/jmap/types.js' */
/** @import { Letter } from './letters.js' */

const SUBMISSION = 'urn:ietf:params:jmap:submission';

/**
 * @typedef {object} Submission
 * @property {string} id
 * @property {string} emailId
 * @property {string} sendAt
 * @property {'pending' | 'final' | 'canceled'} undoStatus
 */

/** What waits to be sent, the next one first, with the emails. @type {import('@preact/signals').Signal<(Submission & {email?: Email})[]>} */
export const scheduled = signal([]);

/** @param {Address[]} those */
const paths = (those) => [...new Map(those.map(({ email }) => [email.toLowerCase(), { email }])).values()];

/** When it goes, as the parameters of MAIL FROM (RFC 4865). @param {Date | null} at */
function held(at) {
  if (at) return { HOLDUNTIL: `${at.toISOString().slice(0, 19)}Z` };
  const seconds = undoable();
  return seconds ? { HOLDFOR: String(seconds) } : null;
}

/** Seconds in which sending can be undone: as one wishes, if the server holds mail at all. */
function undoable() {
  const { session, account } = jmap();
  const most = session.accounts[account]?.accountCapabilities[SUBMISSION]?.maxDelayedSend ?? 0;
  return Math.min(preferences.value.undoSend, most);
}

/** What becomes of the message that is answered. @param {Letter} letter @returns {Record<string, Patch>} */
function answered({ wanted: { mode, email } }) {
  const keyword = { reply: '$answered', replyAll: '$answered', forward: '$forwarded' }[/** @type {string} */ (mode)];
  return email && keyword ? { [email.id]: { [`keywords/${keyword}`]: true } } : {};
}

/**
 * Send a letter.
 * @param {Letter} letter @param {Date | null} at later, or as soon as it may
 * @throws {RecordRefused}
 */
export async function send(letter, at) {
  await settled(letter);
  const [drafts, sent] = await Promise.all([roleMailbox('drafts'), roleMailbox('sent')]);
  const parameters = held(at);
  const from = letter.identity.value?.email ?? '';
  const [made, submitted, marked] = await jmap().request([
    ['Email/set', { create: { letter: drafted(letter.written(), { [drafts]: true }, { $draft: true, $seen: true }) } }],
    ['EmailSubmission/set', {
      create: {
        sub: {
          emailId: '#letter',
          identityId: letter.identity.value?.id,
          envelope: { mailFrom: { email: from, parameters }, rcptTo: paths(letter.everybody) },
        },
      },
      onSuccessUpdateEmail: {
        '#sub': { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, 'keywords/$draft': null },
      },
    }],
    ['Email/set', { update: answered(letter), destroy: letter.draft ? [letter.draft] : [] }],
  ]);
  accepted(made);
  if (submitted.notCreated?.sub) {
    letter.draft = made.created.letter.id;
    throw new RecordRefused('sub', submitted.notCreated.sub);
  }
  void marked; // The original may be gone meanwhile, and the draft: the letter is sent all the same.
  done(letter, submitted.created.sub.id, made.created.letter.id, at);
}

/** @param {Letter} letter @param {string} submission @param {string} email @param {Date | null} at */
function done(letter, submission, email, at) {
  closeCompose(letter.wanted.key);
  void refresh();
  const undo = { label: t('undo'), action: () => void unsend(submission, email) };
  if (at) {
    toast(t('compose.scheduled'), undo);
    void refreshScheduled().catch(complain);
    return;
  }
  const seconds = undoable();
  if (!seconds) {
    toast(t('compose.sent'));
    return;
  }
  const id = toast(t('compose.sent'), { ...undo, shown: seconds * 1000 });
  setTimeout(() => dismiss(id), seconds * 1000);
}

/** Take back what was not sent yet, and go on writing. @param {string} submission @param {string} id */
export async function unsend(submission, id) {
  try {
    accepted(await jmap().call('EmailSubmission/set', { update: { [submission]: { undoStatus: 'canceled' } } }));
    const drafts = await roleMailbox('drafts');
    const update = { [id]: { mailboxIds: { [drafts]: true }, 'keywords/$draft': true } };
    accepted(await jmap().call('Email/set', { update }));
    const { list: [email] } = await jmap().call('Email/get', { ids: [id] });
    openCompose({ mode: 'draft', email });
  } catch (reason) {
    if (reason instanceof RecordRefused && reason.type === 'cannotUnsend') toast(t('compose.tooLate'), { kind: 'failed' });
    else complain(reason);
  }
  void refresh();
  await refreshScheduled().catch(complain);
}

/** Fetch what waits to be sent. */
export async function refreshScheduled() {
  const [{ ids }] = await jmap().request([
    ['EmailSubmission/query', { filter: { undoStatus: 'pending' }, sort: [{ property: 'sentAt', isAscending: true }] }],
  ]);
  const { list } = await jmap().call('EmailSubmission/get', { ids, properties: ['id', 'emailId', 'sendAt', 'undoStatus'] });
  const soon = Date.now() + 60_000; // Those that only wait to be undone are none.
  const later = list.filter((/** @type {Submission} */ each) => Date.parse(each.sendAt) > soon);
  const emails = await jmap().call('Email/get', {
    ids: later.map((/** @type {Submission} */ each) => each.emailId),
    properties: ['id', 'to', 'subject', 'preview'],
  });
  const known = new Map(emails.list.map((/** @type {Email} */ each) => [each.id, each]));
  scheduled.value = later.map((/** @type {Submission} */ each) => ({ ...each, email: known.get(each.emailId) }))
    .toSorted((/** @type {Submission} */ one, /** @type {Submission} */ other) => one.sendAt.localeCompare(other.sendAt));
}

/** What is wrong, in words. @param {unknown} reason */
export function why(reason) {
  if (!(reason instanceof RecordRefused)) return reason instanceof Error ? reason.message : String(reason);
  const words = t(`compose.error.${reason.type}`, { why: reason.message });
  return words.startsWith('compose.error.') ? t('error.server', { why: reason.message }) : words;
}

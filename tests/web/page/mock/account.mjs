/** An account in memory: mailboxes, emails in threads, and what changed since when. */

import { ANA, conversations, die, filler } from './letters.mjs';

const RIGHTS = Object.fromEntries([
  'mayReadItems', 'mayAddItems', 'mayRemoveItems', 'maySetSeen', 'maySetKeywords',
  'mayCreateChild', 'mayRename', 'mayDelete', 'maySubmit',
].map((right) => [right, true]));

const MAILBOXES = [
  ['Inbox', 'inbox'], ['Drafts', 'drafts'], ['Sent', 'sent'], ['Archive', 'archive'],
  ['Junk', 'junk'], ['Trash', 'trash'], ['House', null], ['Kitchen', null, 'House'],
  ['Garden', null, 'House'], ['Lists', null], ['Travel', null],
];

export class Account {
  /** @param {number} rows how many letters lie in the archive */
  constructor(rows) {
    this.now = Date.now();
    this.modseq = 1;
    this.next = 1;
    this.mailboxes = new Map();
    this.emails = new Map();
    this.threads = new Map();
    this.blobs = new Map();
    this.log = [];
    this.answers = new Map();
    this.watchers = new Set();
    for (const [name, role, parent] of MAILBOXES) this.addMailbox(name, role, parent);
    this.fill(rows);
    this.sort();
  }

  id(kind) {
    return `${kind}1-${this.next++}`;
  }

  addMailbox(name, role = null, parent = null) {
    const id = this.id('P');
    const parentId = [...this.mailboxes.values()].find((each) => each.name === parent)?.id ?? null;
    const mailbox = { id, name, role, parentId, sortOrder: 0, isSubscribed: true, myRights: RIGHTS };
    this.mailboxes.set(id, mailbox);
    return mailbox;
  }

  role(role) {
    return [...this.mailboxes.values()].find((each) => each.role === role).id;
  }

  called(name) {
    return [...this.mailboxes.values()].find((each) => each.name === name).id;
  }

  fill(rows) {
    const roll = die(7);
    for (const each of conversations()) this.converse(each);
    for (let count = 0; count < 60; count++) {
      this.addEmail({ ...filler(roll), age: 3000 + count * 700, mailbox: this.role('inbox'), unread: roll(6) === 0 });
    }
    for (const name of ['Kitchen', 'Lists', 'Travel']) {
      for (let count = 0; count < 25; count++) {
        this.addEmail({ ...filler(roll), age: 400 + count * 1300, mailbox: this.called(name), unread: roll(5) === 0 });
      }
    }
    let thread;
    for (let count = 0; count < rows; count++) {
      if (roll(4)) thread = undefined;
      const made = this.addEmail({ ...filler(roll), age: 9000 + count * 30, mailbox: this.role('archive'), thread });
      thread = made.threadId;
    }
  }

  converse({ subject, flags, letters }) {
    let thread;
    letters.forEach(({ from, text, files, age }, which) => {
      const mine = from === ANA;
      const last = which === letters.length - 1;
      const made = this.addEmail({
        subject: which && !subject.startsWith('Re:') ? `Re: ${subject}` : subject,
        from, text, files, age, thread,
        to: mine ? letters.find((each) => each.from !== ANA).from : ANA,
        mailbox: mine ? this.role('sent') : this.role('inbox'),
        unread: last && flags.includes('unread'),
        star: last && flags.includes('star'),
        html: flags.includes('html'),
      });
      thread = made.threadId;
    });
  }

  addEmail({ subject, from, text, files = [], age = 0, thread, to = ANA, mailbox, unread, star, html }) {
    const id = this.id('M');
    const threadId = thread ?? this.id('T');
    const keywords = { ...(unread ? {} : { $seen: true }), ...(star ? { $flagged: true } : {}) };
    const receivedAt = new Date(this.now - age * 60_000).toISOString().replace(/\.\d+/, '');
    const email = {
      id, blobId: `G${id}`, threadId, mailboxIds: { [mailbox]: true }, keywords,
      size: 2000 + text.length, receivedAt, sentAt: receivedAt,
      messageId: [`${id}@example.org`], references: null, inReplyTo: null,
      from: [from], to: [to], cc: null, bcc: null, replyTo: null, sender: null,
      subject, preview: text.replace(/\s+/g, ' ').slice(0, 250), text, html, 'header:List-Unsubscribe:asURLs': from?.email.startsWith('letter@') ? ['<mailto:leave@compiler.example?subject=leave%20ana>', 'https://compiler.example/leave'].map((url) => url.replace(/[<>]/g, '')) : null,
      hasAttachment: files.length > 0, attachments: files.map((file, which) => this.file(id, file, which)),
    };
    this.emails.set(id, email);
    this.threads.set(threadId, [...(this.threads.get(threadId) ?? []), id]);
    return email;
  }

  file(id, said, which) {
    const [name, type, size] = said.split(' ');
    return { partId: String(which + 2), blobId: `G${id}-${which}`, name, type, size: Number(size), disposition: 'attachment', cid: null };
  }

  /** Keep the order that is asked for most. */
  sort() {
    this.sorted = [...this.emails.values()]
      .sort((one, other) => (one.receivedAt < other.receivedAt ? 1 : -1));
  }

  /** The threads whose newest letter comes first in a mailbox. */
  counts(id) {
    let [totalEmails, unreadEmails] = [0, 0];
    const [all, unread] = [new Set(), new Set()];
    for (const email of this.emails.values()) {
      if (!email.mailboxIds[id]) continue;
      totalEmails += 1;
      all.add(email.threadId);
      if (email.keywords.$seen || email.keywords.$draft) continue;
      unreadEmails += 1;
      unread.add(email.threadId);
    }
    return { totalEmails, unreadEmails, totalThreads: all.size, unreadThreads: unread.size };
  }

  /** After a /set: threads and order as they are now. */
  settle(entries) {
    if (entries.some(({ kind }) => kind !== 'updated')) {
      this.threads = new Map();
      for (const { id, threadId } of [...this.emails.values()].sort((one, other) => (one.receivedAt < other.receivedAt ? -1 : 1))) {
        this.threads.set(threadId, [...(this.threads.get(threadId) ?? []), id]);
      }
      this.sort();
    }
    this.changed(entries);
  }

  /** Something has changed: say so to everybody who listens. */
  changed(entries) {
    this.modseq += 1;
    for (const entry of entries) this.log.push({ ...entry, modseq: this.modseq });
    for (const watcher of this.watchers) watcher();
  }

  /** What changed of a type since a state, as /changes says it. */
  since(type, state) {
    const kinds = new Map();
    for (const { type: of, id, kind, modseq } of this.log) {
      if (of === type && modseq > Number(state)) kinds.set(id, kinds.get(id) === 'created' && kind === 'updated' ? 'created' : kind);
    }
    const of = (wanted) => [...kinds].filter(([, kind]) => kind === wanted).map(([id]) => id);
    return { created: of('created'), updated: of('updated'), destroyed: of('destroyed') };
  }
}

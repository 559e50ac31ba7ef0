/** The methods of JMAP that the page uses, over an account in memory (RFC 8620, RFC 8621). */

/** @typedef {import('./account.mjs').Account} Account */

class Refusal extends Error {
  constructor(type, description) {
    super(description ?? type);
    this.type = type;
  }
}

/** Answer a request. @param {Account} account @param {any} request */
export function answered(account, request) {
  const responses = [];
  const made = {};
  for (const [name, given, id] of request.methodCalls) {
    try {
      const method = METHODS[name];
      if (!method) throw new Refusal('unknownMethod', name);
      responses.push([name, { accountId: 'A1', ...method(account, referred(given, responses), made) }, id]);
    } catch (reason) {
      if (!(reason instanceof Refusal)) throw reason;
      responses.push(['error', { type: reason.type, description: reason.message }, id]);
    }
  }
  return { methodResponses: responses, sessionState: 's1' };
}

function referred(given, responses) {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => {
    if (!key.startsWith('#')) return [key, value];
    const found = responses.find(([name, , id]) => id === value.resultOf && name === value.name);
    if (!found) throw new Refusal('invalidResultReference', key);
    return [key.slice(1), pointed(found[1], value.path.split('/').slice(1))];
  }));
}

function pointed(value, [step, ...rest]) {
  if (step === undefined) return value;
  if (step !== '*') return pointed(value[step], rest);
  return value.flatMap((each) => pointed(each, rest));
}

function got(account, found, ids, properties) {
  const list = ids.map(found).filter(Boolean);
  const there = new Set(list.map(({ id }) => id));
  const chosen = (one) => (properties
    ? Object.fromEntries(['id', ...properties].map((name) => [name, one[name] ?? null])) : one);
  return { state: String(account.modseq), list: list.map(chosen), notFound: ids.filter((id) => !there.has(id)) };
}

/** Whether an email is meant (RFC 8621, 4.4.1). */
function meets(account, filter, email) {
  if (filter.operator) {
    const met = filter.conditions.map((each) => meets(account, each, email));
    if (filter.operator === 'NOT') return !met.some(Boolean);
    return filter.operator === 'AND' ? met.every(Boolean) : met.some(Boolean);
  }
  return Object.entries(filter).every(([name, value]) => CONDITIONS[name](email, value));
}

const about = (addresses, value) =>
  (addresses ?? []).some(({ name, email }) => `${name} ${email}`.toLowerCase().includes(value.toLowerCase()));
const inside = (text, value) => text.toLowerCase().includes(value.toLowerCase());

const CONDITIONS = {
  inMailbox: (email, id) => Boolean(email.mailboxIds[id]),
  inMailboxOtherThan: (email, ids) => Object.keys(email.mailboxIds).some((id) => !ids.includes(id)),
  before: (email, date) => email.receivedAt < date,
  after: (email, date) => email.receivedAt >= date,
  minSize: (email, size) => email.size >= size,
  maxSize: (email, size) => email.size < size,
  hasKeyword: (email, keyword) => Boolean(email.keywords[keyword]),
  notKeyword: (email, keyword) => !email.keywords[keyword],
  hasAttachment: (email, value) => email.hasAttachment === value,
  from: (email, value) => about(email.from, value),
  to: (email, value) => about(email.to, value),
  cc: (email, value) => about(email.cc, value),
  subject: (email, value) => inside(email.subject, value),
  body: (email, value) => inside(email.text, value),
  text: (email, value) => inside(email.subject + email.text, value) || about(email.from, value),
};

function found(account, { filter, collapseThreads }) {
  let all = account.sorted;
  if (filter) all = all.filter((email) => meets(account, filter, email));
  if (collapseThreads) {
    const seen = new Set();
    all = all.filter(({ threadId }) => !seen.has(threadId) && seen.add(threadId));
  }
  return all.map(({ id }) => id);
}

const REMEMBERED = 20;

/** Remember what was found, so that it can be said later how that changed. */
function remembered(account, given, ids) {
  const key = JSON.stringify([given.filter, given.collapseThreads, String(account.modseq)]);
  account.answers.delete(key);
  account.answers.set(key, ids);
  for (const old of account.answers.keys()) if (account.answers.size > REMEMBERED) account.answers.delete(old);
}

function query(account, given) {
  const { position = 0, limit = 50, anchor, anchorOffset = 0 } = given;
  const ids = found(account, given);
  remembered(account, given, ids);
  const at = ids.indexOf(anchor);
  if (anchor && at < 0) throw new Refusal('anchorNotFound');
  const start = anchor ? Math.max(0, at + anchorOffset) : position;
  return {
    queryState: String(account.modseq), canCalculateChanges: true, position: start,
    total: ids.length, ids: ids.slice(start, start + limit),
  };
}

/** How an answer changed, of those that are remembered (RFC 8620, 5.6). */
function queryChanges(account, given) {
  const before = account.answers.get(JSON.stringify([given.filter, given.collapseThreads, given.sinceQueryState]));
  if (!before) throw new Refusal('cannotCalculateChanges');
  const ids = found(account, given);
  remembered(account, given, ids);
  const [was, is] = [new Set(before), new Set(ids)];
  const touched = new Set(account.since('Email', given.sinceQueryState).updated);
  const removed = before.filter((id) => !is.has(id) || touched.has(id));
  const added = ids.flatMap((id, index) => (!was.has(id) || touched.has(id) ? [{ id, index }] : []));
  if (removed.length + added.length > given.maxChanges) throw new Refusal('tooManyChanges');
  return { oldQueryState: given.sinceQueryState, newQueryState: String(account.modseq), total: ids.length, removed, added };
}

function patched(record, patch) {
  for (const [path, value] of Object.entries(patch)) {
    const [name, key] = path.split('/');
    if (key === undefined) record[name] = value;
    else if (value === null) delete record[name][key];
    else record[name][key] = value;
  }
}

function set(account, type, records, given, create) {
  const answer = { created: {}, updated: {}, destroyed: [], notCreated: {}, notUpdated: {}, notDestroyed: {}, oldState: String(account.modseq) };
  const entries = [];
  for (const [key, wanted] of Object.entries(given.create ?? {})) {
    const one = create(wanted);
    answer.created[key] = { id: one.id, threadId: one.threadId, blobId: one.blobId, size: one.size };
    entries.push({ type, id: one.id, kind: 'created' });
  }
  for (const [id, patch] of Object.entries(given.update ?? {})) {
    if (!records.has(id)) answer.notUpdated[id] = { type: 'notFound' };
    else {
      patched(records.get(id), patch);
      answer.updated[id] = null;
      entries.push({ type, id, kind: 'updated' });
    }
  }
  for (const id of given.destroy ?? []) {
    if (!records.delete(id)) answer.notDestroyed[id] = { type: 'notFound' };
    else {
      answer.destroyed.push(id);
      entries.push({ type, id, kind: 'destroyed' });
    }
  }
  if (entries.length) {
    account.settle(entries);
  }
  return { ...answer, newState: String(account.modseq) };
}

function createEmail(account, wanted) {
  const values = Object.values(wanted.bodyValues ?? {}).map(({ value }) => value);
  const text = values.map((value) => value.replace(/<[^>]+>/g, ' ')).join('\n');
  const made = account.addEmail({
    subject: wanted.subject ?? '', from: wanted.from?.[0], to: wanted.to?.[0], text, mailbox: '',
  });
  const { bodyValues, bodyStructure, textBody, htmlBody, attachments = [], ...rest } = wanted;
  Object.assign(made, rest, { keywords: { ...wanted.keywords }, attachments, hasAttachment: attachments.length > 0 });
  return made;
}

const METHODS = {
  'Core/echo': (account, given) => given,
  'Mailbox/get': (account, { ids, properties }) => got(
    account,
    (id) => account.mailboxes.has(id) && { ...account.mailboxes.get(id), ...account.counts(id) },
    ids ?? [...account.mailboxes.keys()], properties,
  ),
  'Mailbox/set': (account, given) => set(account, 'Mailbox', account.mailboxes, given,
    ({ name, parentId }) => Object.assign(account.addMailbox(name), { parentId })),
  'Thread/get': (account, { ids }) => got(
    account, (id) => account.threads.has(id) && { id, emailIds: account.threads.get(id) }, ids),
  'Email/get': (account, { ids, properties }) => got(account, (id) => {
    const email = account.emails.get(id);
    return email && { ...email, headers: headers(email) };
  }, ids, properties),
  'Email/query': query,
  'Email/queryChanges': queryChanges,
  'Email/set': (account, given) => set(account, 'Email', account.emails, given, (wanted) => createEmail(account, wanted)),
  'Email/changes': (account, { sinceState }) => ({
    oldState: sinceState, newState: String(account.modseq), hasMoreChanges: false, ...account.since('Email', sinceState),
  }),
  'Identity/get': (account) => got(account, () => ({
    id: 'I1', name: 'Ana Prado', email: 'ana@example.org', replyTo: null, bcc: null, textSignature: 'Ana', htmlSignature: '<p>Ana</p>', mayDelete: false,
  }), ['I1']),
  'EmailSubmission/set': (account, given, made) => ({
    created: Object.fromEntries(Object.keys(given.create ?? {}).map((key) => [key, { id: account.id('S'), undoStatus: 'pending' }])),
    updated: given.update ?? {}, notCreated: {}, notUpdated: {}, made,
  }),
  'EmailSubmission/get': (account, { ids }) => got(account, (id) => ({ id, undoStatus: 'pending' }), ids ?? []),
  'SearchSnippet/get': (account, { emailIds }) => ({
    list: emailIds.map((emailId) => ({ emailId, subject: null, preview: null })), notFound: null,
  }),
};

const headers = ({ from, to, subject, receivedAt, messageId }) => Object.entries({
  'Received': ' from mx.example.org (192.0.2.7) by mail.example.org with ESMTPS',
  'Authentication-Results': ' mail.example.org; dkim=pass; spf=pass; dmarc=pass',
  'From': ` ${from?.[0]?.name ?? ''} <${from?.[0]?.email}>`,
  'To': ` ${to?.[0]?.name ?? ''} <${to?.[0]?.email}>`,
  'Subject': ` ${subject}`,
  'Date': ` ${receivedAt}`,
  'Message-ID': ` <${messageId?.[0]}>`,
}).map(([name, value]) => ({ name, value }));

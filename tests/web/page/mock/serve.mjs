/**
 * A server that speaks enough JMAP to show the page, with mail in memory.
 *
 *     node serve.mjs [--port N] [--rows N] [--in]
 *
 * `--in` spares signing in. It says its address on the first line. POST /mock/arrive
 * lets a letter come in, /mock/deaf ends all streams and refuses new ones for a while,
 * /mock/refuse makes the next Email/set fail, /mock/elsewhere archives the first row,
 * /mock/upgrade pretends that there is another page.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Account } from './account.mjs';
import { body } from './body.mjs';
import { filler, die } from './letters.mjs';
import { answered } from './methods.mjs';

const STATIC = fileURLToPath(new URL('../../../../mailnode/web/static', import.meta.url));
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.svg': 'image/svg+xml' };
const LIMITS = { maxSizeUpload: 50e6, maxConcurrentUpload: 4, maxSizeRequest: 10e6, maxConcurrentRequests: 8, maxCallsInRequest: 16, maxObjectsInGet: 500, maxObjectsInSet: 500, collationAlgorithms: [] };

const given = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};

const account = new Account(Number(given('rows', 2000)));
const roll = die(99);
let signedIn = process.argv.includes('--in');
let deaf = 0;
let refusing = false;
let version = 1;
const streams = new Set();

const session = {
  capabilities: { 'urn:ietf:params:jmap:core': LIMITS, 'urn:ietf:params:jmap:mail': {} },
  accounts: { A1: { name: 'ana@example.org', isPersonal: true, isReadOnly: false, accountCapabilities: { 'urn:ietf:params:jmap:mail': {} } } },
  primaryAccounts: { 'urn:ietf:params:jmap:mail': 'A1' },
  username: 'ana@example.org', apiUrl: '/jmap/api', state: 's1',
  downloadUrl: '/jmap/download/{accountId}/{blobId}/{name}?type={type}',
  uploadUrl: '/jmap/upload/{accountId}', eventSourceUrl: '/jmap/events?types={types}&closeafter={closeafter}&ping={ping}',
};

function news() {
  const state = String(account.modseq);
  const changed = { A1: { Email: state, Mailbox: state, Thread: state } };
  for (const stream of streams) stream.write(`event: state\ndata: ${JSON.stringify({ '@type': 'StateChange', changed })}\n\n`);
}
account.watchers.add(news);

async function heard(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

function say(response, status, content, type = 'application/json', more = {}) {
  const octets = typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content);
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', ...more });
  response.end(octets);
}

function policy(page) {
  const map = /<script type="importmap">([\s\S]*?)<\/script>/.exec(page)[1];
  const hash = createHash('sha256').update(map).digest('base64');
  return `default-src 'none'; script-src 'self' 'sha256-${hash}'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; `
    + "frame-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
}

async function file(response, path) {
  const name = normalize(path).replace(/^\/static\//, '');
  const content = await readFile(join(STATIC, name)).catch(() => null);
  if (content) say(response, 200, content, TYPES[extname(name)] ?? 'text/plain');
  else say(response, 404, 'not found', 'text/plain');
}

function listen(response) {
  if (Date.now() < deaf) return say(response, 503, {});
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write('event: ping\ndata: {"interval":30}\n\n');
  const timer = setInterval(() => response.write('event: ping\ndata: {"interval":30}\n\n'), 30_000);
  streams.add(response);
  response.on('close', () => { streams.delete(response); clearInterval(timer); });
}

async function api(request, response) {
  const asked = JSON.parse(await heard(request));
  if (refusing && asked.methodCalls.some(([name]) => name === 'Email/set')) {
    refusing = false;
    return say(response, 503, { type: 'about:blank', title: 'refused', status: 503 }, 'application/problem+json');
  }
  return say(response, 200, answered(account, asked));
}

function mock(verb, response) {
  if (verb === 'arrive') {
    const made = account.addEmail({ ...filler(roll), mailbox: account.role('inbox'), unread: true, age: (account.now - Date.now()) / 60_000 });
    account.sort();
    account.changed([{ type: 'Email', id: made.id, kind: 'created' }]);
  } else if (verb === 'elsewhere') {
    const inbox = account.role('inbox');
    const first = account.sorted.find((each) => each.mailboxIds[inbox]);
    const gone = account.threads.get(first.threadId).filter((id) => account.emails.get(id).mailboxIds[inbox]);
    for (const id of gone) account.emails.get(id).mailboxIds = { [account.role('archive')]: true };
    account.changed(gone.map((id) => ({ type: 'Email', id, kind: 'updated' })));
  } else if (verb === 'deaf') {
    deaf = Date.now() + 3000;
    for (const stream of streams) stream.destroy();
  } else if (verb === 'upgrade') version += 1;
  else if (verb === 'refuse') refusing = true;
  say(response, 200, {});
}

let preferred = { value: {}, tag: 0 };

/** As the server keeps preferences, with its tag. */
async function preferences(request, response) {
  if (request.method === 'PUT') {
    const value = JSON.parse(await heard(request));
    const expected = request.headers['if-match'];
    if (expected && expected !== '*' && expected !== `"m${preferred.tag}"`) return say(response, 412, {});
    preferred = { value, tag: preferred.tag + 1 };
    response.writeHead(204, { ETag: `"m${preferred.tag}"` });
    return response.end();
  }
  return say(response, 200, preferred.value, 'application/json', { ETag: `"m${preferred.tag}"` });
}

async function auth(request, response) {
  if (request.method === 'POST') {
    const { password } = JSON.parse(await heard(request));
    if (password !== 'faminta') return say(response, 401, {});
    signedIn = true;
  }
  if (request.method === 'DELETE') signedIn = false;
  return say(response, signedIn ? 200 : 401, { name: 'ana@example.org', accountId: 'A1', version });
}

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://mock');
  const last = pathname.split('/').at(-1);
  if (pathname === '/') {
    const page = (await readFile(join(STATIC, 'index.html'), 'utf8')).replace('<html', `<html data-version="${version}"`);
    return say(response, 200, page, 'text/html', { 'Content-Security-Policy': policy(page) });
  }
  if (pathname.startsWith('/static/')) return file(response, pathname);
  if (pathname.startsWith('/auth/session')) return auth(request, response);
  if (pathname.startsWith('/mock/')) return mock(last, response);
  if (!signedIn) return say(response, 401, {});
  if (pathname === '/jmap/session') return say(response, 200, session);
  if (pathname === '/jmap/api') return api(request, response);
  if (pathname === '/jmap/events') return listen(response);
  if (pathname.startsWith('/jmap/upload/')) {
    const octets = await heard(request);
    const blobId = `Gup${account.next++}`;
    account.blobs.set(blobId, octets);
    return say(response, 201, { accountId: 'A1', blobId, type: request.headers['content-type'], size: octets.length });
  }
  if (pathname.startsWith('/jmap/download/')) {
    const [, , , , blobId] = pathname.split('/');
    const octets = account.blobs.get(decodeURIComponent(blobId ?? ''));
    if (octets) return say(response, 200, octets, searchParams.get('type') ?? 'application/octet-stream');
    if (searchParams.get('type')?.startsWith('image/')) return file(response, '/static/icon.svg');
    const email = [...account.emails.values()].find((each) => blobId === each.blobId || blobId.startsWith(`${each.blobId}-`));
    return say(response, 200, `Subject: ${email?.subject}\r\n\r\n${email?.text}`, 'text/plain; charset=utf-8');
  }
  if (pathname === '/webmail/preferences') return preferences(request, response);
  if (pathname.startsWith('/webmail/body/')) return body(response, account.emails.get(last), searchParams);
  if (pathname.startsWith('/webmail/quote/')) {
    const { text } = account.emails.get(last);
    return say(response, 200, { text, html: `<p>${text.replace(/</g, '&lt;').replace(/\n/g, '<br>')}</p>` });
  }
  return say(response, 404, { title: 'not found' });
}

const server = createServer((request, response) => {
  answer(request, response).catch((reason) => {
    console.error(reason);
    if (!response.headersSent) say(response, 500, {});
  });
});
server.listen(Number(given('port', 0)), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});

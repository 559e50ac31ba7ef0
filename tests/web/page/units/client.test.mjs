/** The client of JMAP over a server that is a function (RFC 8620, 3). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { back, Client, CORE, expanded, local, MAIL } from '../../../../mailnode/web/static/lib/jmap/client.js';
import { accepted, MethodRefused, RecordRefused, RequestRefused, SignedOut, Unreachable } from '../../../../mailnode/web/static/lib/jmap/errors.js';

const session = {
  capabilities: { [CORE]: { maxCallsInRequest: 3, maxObjectsInGet: 7 } },
  accounts: { A1: {} }, primaryAccounts: { [MAIL]: 'A1' },
  apiUrl: 'https://elsewhere.example/jmap/api',
  downloadUrl: 'https://elsewhere.example/d/{accountId}/{blobId}/{name}?type={type}',
};

function speaking(answer) {
  const requests = [];
  const client = new Client(session, {
    onSignedOut: () => requests.push('signed out'),
    fetch: async (url, { body }) => {
      const asked = JSON.parse(body);
      requests.push({ url, ...asked });
      return answer(asked);
    },
  });
  return { client, requests };
}

const said = (content, status = 200) => new Response(JSON.stringify(content), { status });
const echo = ({ methodCalls }) => said({ methodResponses: methodCalls });

test('what is asked at once travels together, on our own origin', async () => {
  const { client, requests } = speaking(echo);
  const [one, other] = await Promise.all([client.call('Mailbox/get', { ids: null }), client.call('Identity/get', {})]);
  assert.deepEqual(one, { ids: null, accountId: 'A1' });
  assert.deepEqual(other, { accountId: 'A1' });
  assert.equal(requests.length, 1);
  assert.equal(requests[0].url, '/jmap/api');
  assert.deepEqual(requests[0].using, [CORE, MAIL, 'urn:ietf:params:jmap:submission']);
});

test('no request has more calls than the server takes, and no group is torn', async () => {
  const { client, requests } = speaking(echo);
  await Promise.all([1, 2].map(() => client.request([['Core/echo', {}], ['Core/echo', {}]])));
  assert.deepEqual(requests.map(({ methodCalls }) => methodCalls.length), [2, 2]);
});

test('back references bear the name and the id of their call', async () => {
  const { client, requests } = speaking(echo);
  await Promise.all([
    client.call('Core/echo', {}),
    client.request([['Email/query', {}], ['Email/get', { '#ids': back(0, '/ids') }]]),
  ]);
  const [, [, , id], [, given]] = requests[0].methodCalls;
  assert.deepEqual(given['#ids'], { resultOf: id, name: 'Email/query', path: '/ids' });
});

test('refusals', async () => {
  const refusing = ({ methodCalls: [[, , id]] }) => said({ methodResponses: [['error', { type: 'invalidArguments' }, id]] });
  await assert.rejects(speaking(refusing).client.call('Email/get', {}), MethodRefused);
  const [answer] = await speaking(refusing).client.attempt([['Email/get', {}]]);
  assert.equal(answer.type, 'invalidArguments');
  const limit = () => said({ type: 'urn:ietf:params:jmap:error:limit', detail: 'too much' }, 400);
  await assert.rejects(speaking(limit).client.call('Email/get', {}), (reason) => reason instanceof RequestRefused && reason.message === 'too much');
  const silent = () => said({ methodResponses: [] });
  await assert.rejects(speaking(silent).client.call('Email/get', {}), MethodRefused);
  const broken = () => { throw new TypeError('network'); };
  await assert.rejects(speaking(broken).client.call('Email/get', {}), Unreachable);
  const out = speaking(() => said({}, 401));
  await assert.rejects(out.client.call('Email/get', {}), SignedOut);
  assert.equal(out.requests.at(-1), 'signed out');
});

test('a /set is accepted whole or not', () => {
  assert.throws(() => accepted({ notUpdated: { M1: { type: 'notFound' } } }), (reason) => reason instanceof RecordRefused && reason.id === 'M1');
  assert.doesNotThrow(() => accepted({ updated: { M1: null }, notUpdated: null }));
});

test('URLs', () => {
  const { client } = speaking(echo);
  assert.equal(client.download({ blobId: 'G1', name: 'a b/ü?.pdf', type: 'application/pdf' }),
    '/d/A1/G1/a%20b%2F%C3%BC%3F.pdf?type=application%2Fpdf');
  assert.equal(expanded('/{a}/{b}', { a: '{b}' }), '/%7Bb%7D/');
  assert.equal(local('/x?y=1#z'), '/x?y=1');
  assert.equal(client.objects('Get'), 7);
  assert.equal(client.objects('Set'), 500);
});

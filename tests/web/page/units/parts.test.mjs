/** What is attached, an archive of it, and the way out of a list. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listed, look, special } from '../../../../mailnode/web/static/lib/parts.js';
import { way } from '../../../../mailnode/web/static/lib/unsubscribe.js';
import { crc32, distinctNames, zip } from '../../../../mailnode/web/static/lib/zip.js';

const octets = (text) => new TextEncoder().encode(text);
const part = (given) => ({ partId: '1', blobId: 'G1', size: 1, name: null, type: 'image/png', disposition: null, cid: null, ...given });

test('a picture in the text is not listed again, one that is nowhere is', () => {
  const parts = [part({ blobId: 'G1', cid: 'a', disposition: 'inline' }), part({ blobId: 'G2', cid: 'b', disposition: 'inline' })];
  assert.deepEqual(listed(parts, new Set(['G1'])).map(({ blobId }) => blobId), ['G2']);
  assert.deepEqual(listed(parts, undefined), []);
  assert.equal(listed([part({ cid: 'a', disposition: 'attachment' })], new Set(['G1'])).length, 1);
  assert.equal(listed([part({ type: 'application/pdf', disposition: 'inline' })], new Set()).length, 1);
});

test('only what runs nothing is looked at', () => {
  assert.deepEqual(['image/png', 'application/pdf', 'text/csv', 'text/html', 'image/svg+xml'].map((type) => look(part({ type }))),
    ['picture', 'pdf', 'text', '', '']);
});

test('what we do not do justice to is named', () => {
  assert.deepEqual(special([part({ type: 'text/calendar' }), part({ type: 'application/pkcs7-signature' })]), ['invitation', 'signed']);
  assert.deepEqual(special([part({ type: 'application/octet-stream', name: 'smime.p7m' })]), ['encrypted']);
  assert.deepEqual(special([part({})]), []);
});

test('sums are those that everybody computes', () => {
  assert.equal(crc32(octets('123456789')), 0xcbf43926);
});

test('names in an archive differ and stay inside it', () => {
  assert.deepEqual(distinctNames(['a.txt', 'A.txt', 'a.txt', '../../x', '']), ['a.txt', 'A (2).txt', 'a (3).txt', '__.._x', '_']);
});

test('an archive begins and ends as it should', () => {
  const pieces = zip([{ name: 'ä.txt', octets: octets('one') }, { name: 'b', octets: octets('two') }], new Date(2026, 4, 17, 10, 20, 30));
  const whole = Buffer.concat(pieces);
  assert.equal(whole.readUInt32LE(0), 0x04034b50);
  const end = whole.length - 22;
  assert.equal(whole.readUInt32LE(end), 0x06054b50);
  assert.equal(whole.readUInt16LE(end + 10), 2);
  assert.equal(whole.readUInt32LE(whole.readUInt32LE(end + 16)), 0x02014b50);
});

test('a list is left by a message if that can be, else by a page', () => {
  assert.deepEqual(way(['https://list.test/out?x=1', 'mailto:out@list.test?subject=leave%20me']),
    { kind: 'mail', to: 'out@list.test', subject: 'leave me', body: '' });
  assert.deepEqual(way(['https://list.test/out']), { kind: 'web', url: 'https://list.test/out' });
  for (const bad of [null, [], ['http://list.test/'], ['javascript:alert(1)'], ['mailto:a@b.test,c@d.test'], ['mailto:%FF@x'], ['https://u:p@x.test/']]) {
    assert.equal(way(bad), null);
  }
  assert.equal(way(['mailto:a@b.test?subject=x%0D%0ABcc:c@d.test']).subject, 'x Bcc:c@d.test');
});

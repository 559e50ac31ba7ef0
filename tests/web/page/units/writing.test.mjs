/** What a letter is made of: addresses, answers, quotes, drafts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, addresses, sendable, without } from '../../../../mailnode/web/static/lib/addresses.js';
import { chain, escaped, marked, paragraphs, quoted, received, recipients } from '../../../../mailnode/web/static/lib/answering.js';
import { contentId, drafted, edited, pictured, promises, sent } from '../../../../mailnode/web/static/lib/draft.js';

const ana = { name: 'Ana Prado', email: 'ana@example.org' };
const bob = { name: null, email: 'bob@example.org' };
const eve = { name: 'Eve, of Sales', email: 'eve@example.net' };

test('addresses as people type them', () => {
  assert.deepEqual(addresses('bob@example.org; "Eve, of Sales" <eve@example.net>,\nAna Prado <ana@example.org>'), [bob, eve, ana]);
  assert.deepEqual(address('mailto:bob@example.org'), bob);
  assert.deepEqual(address('"A \\"B\\" C" <x@y>'), { name: 'A "B" C', email: 'x@y' });
  assert.deepEqual(addresses(' , ;'), []);
  assert.ok(sendable(bob));
  for (const wrong of ['bob', 'bob@', '@example.org', 'a b@c', 'a@b@c', 'a@b,c']) assert.ok(!sendable({ name: null, email: wrong }), wrong);
  assert.deepEqual(without([ana, bob], [{ name: 'B', email: 'BOB@example.org' }]), [ana]);
});

test('a subject is marked once', () => {
  assert.equal(marked('Re', 'Lunch'), 'Re: Lunch');
  assert.equal(marked('Re', 'RE: re[2]: Fwd: Lunch'), 'Re: Lunch');
  assert.equal(marked('Fwd', 'Res: Almoço'), 'Fwd: Almoço');
  assert.equal(marked('Re', 'Report'), 'Re: Report');
  assert.equal(marked('Re', ''), 'Re:');
});

test('whom an answer goes to', () => {
  const one = { from: [bob], to: [ana, eve], cc: [{ name: null, email: 'team@example.net' }] };
  assert.deepEqual(recipients(one, [ana], false), { to: [bob], cc: [] });
  assert.deepEqual(recipients(one, [ana], true), { to: [bob, eve], cc: one.cc });
  assert.deepEqual(recipients({ ...one, replyTo: [eve] }, [ana], false).to, [eve]);
  assert.deepEqual(recipients({ from: [ana], to: [bob] }, [ana], false).to, [bob], 'one goes on after oneself');
  assert.deepEqual(recipients({ from: [ana], to: [ana] }, [ana], true).to, [ana], 'a note to oneself');
  assert.deepEqual(recipients({ from: [bob], to: [ana], cc: [bob, ana] }, [ana], true), { to: [bob], cc: [] });
  assert.equal(received({ to: [{ name: null, email: 'Ana@Example.org' }] }, [bob, ana]), ana);
});

test('a chain of references keeps its beginning and its end', () => {
  const long = Array.from({ length: 80 }, (_, n) => `${n}@x`);
  const { inReplyTo, references } = chain({ messageId: ['z@x'], references: long });
  assert.deepEqual(inReplyTo, ['z@x']);
  assert.equal(references.length, 30);
  assert.equal(references[0], '0@x');
  assert.equal(references.at(-1), 'z@x');
});

test('what is quoted', () => {
  assert.equal(quoted('a\n\n> b\n'), '> a\n> \n>> b');
  assert.equal(paragraphs('a < b\n'), `<div>a ${escaped('<')} b</div><div><br></div>`);
  assert.ok(!escaped('<script>"&').includes('<'));
});

const letter = {
  from: ana, to: [bob], cc: [], bcc: [], replyTo: null, subject: 'x', text: 'y', html: '',
  attached: [], chain: { inReplyTo: [], references: [] },
};

test('a plain draft', () => {
  const made = drafted(letter, { P1: true }, { $draft: true });
  assert.deepEqual(made.textBody, [{ partId: 'text', type: 'text/plain' }]);
  assert.ok(!('htmlBody' in made));
  assert.equal(made.cc, null);
  assert.equal(made.references, null);
});

test('pictures travel with the text that shows them, and come back', () => {
  const html = '<p><img alt="x" src="/webmail/part/Gaa-1-2-b"><img src="/webmail/part/Gzz"></p>';
  const shown = { blobId: 'Gaa-1-2-b', name: 'a.png', type: 'image/png', size: 1, inline: true };
  const gone = { ...shown, blobId: 'Gbb' };
  const file = { ...shown, blobId: 'Gcc', inline: false };
  assert.deepEqual(pictured(html), ['Gaa-1-2-b', 'Gzz']);
  const made = drafted({ ...letter, html, attached: [shown, gone, file] }, {}, {});
  assert.deepEqual(made.attachments.map(({ blobId, disposition }) => [blobId, disposition]), [['Gaa-1-2-b', 'inline'], ['Gcc', 'attachment']]);
  const wire = sent(html, [shown]);
  assert.ok(wire.includes(`src="cid:${contentId('Gaa-1-2-b')}"`));
  const parts = [{ cid: contentId('Gaa-1-2-b'), blobId: 'Gnew' }];
  assert.ok(edited(wire, parts).includes('src="/webmail/part/Gnew"'));
});

test('a promise of a file is noticed, one that is quoted is not', () => {
  assert.ok(promises('I attach the map.'));
  assert.ok(promises('Segue em anexo o mapa.'));
  assert.ok(!promises('Thanks!\n> I attached the map.'));
  assert.ok(!promises('He is attachable to nothing.'));
});

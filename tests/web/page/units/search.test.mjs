/** What is typed into the search box, and the filter that it means (RFC 8621, 4.4.1). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filter, moment, parse, suggestions, typed } from '../../../../mailnode/web/static/lib/search.js';

const box = (id, name, role = null, parentId = null) => ({ id, name, role, parentId, sortOrder: 0 });
const mailboxes = new Map([
  box('P1', 'INBOX', 'inbox'), box('P2', 'Trash', 'trash'), box('P3', 'House'), box('P4', 'Kitchen sink', null, 'P3'),
].map((each) => [each.id, each]));
const now = new Date(2026, 10, 27, 12);
const meant = (text) => filter(parse(text), { mailboxes, now });
const shown = { inMailboxOtherThan: ['P2'] };

test('words are a text', () => {
  assert.deepEqual(meant('cabin'), { operator: 'AND', conditions: [{ text: 'cabin' }, shown] });
});

test('quotes hold together', () => {
  assert.deepEqual(parse('subject:"two words" more').map(({ name, value }) => [name, value]),
    [['subject', 'two words'], ['', 'more']]);
});

test('a quote that is still open is taken as it is', () => {
  assert.deepEqual(parse('"two words').map(({ value }) => value), ['two words']);
});

test('operators', () => {
  const { conditions } = meant('from:ana is:unread has:attachment larger:5M is:starred');
  assert.deepEqual(conditions, [
    { from: 'ana' }, { notKeyword: '$seen' }, { hasAttachment: true }, { minSize: 5e6 }, { hasKeyword: '$flagged' }, shown,
  ]);
});

test('a minus says the contrary', () => {
  assert.deepEqual(meant('-from:ana').conditions[0], { operator: 'NOT', conditions: [{ from: 'ana' }] });
});

test('a mailbox by role, name and path', () => {
  assert.deepEqual(meant('in:inbox'), { inMailbox: 'P1' });
  assert.deepEqual(meant('in:"kitchen sink"'), { inMailbox: 'P4' });
  assert.deepEqual(meant('in:"House/Kitchen sink"'), { inMailbox: 'P4' });
  assert.deepEqual(meant('in:trash'), { inMailbox: 'P2' });
});

test('anywhere is everywhere', () => {
  assert.deepEqual(meant('in:anywhere'), {});
  assert.deepEqual(meant('in:anywhere x'), { text: 'x' });
});

test('what means nothing is looked for as it stands', () => {
  assert.deepEqual(meant('in:nowhere'), { text: 'in:nowhere' });
  assert.deepEqual(meant('from: '), shown);
  assert.deepEqual(meant('is:odd').conditions[0], { text: 'is:odd' });
  assert.deepEqual(meant('before:soon').conditions[0], { text: 'before:soon' });
  assert.deepEqual(meant('https://example.org/').conditions[0], { text: 'https://example.org/' });
});

test('days, months, years and times ago', () => {
  const local = (...parts) => new Date(...parts).toISOString().replace(/\.\d+/, '');
  assert.equal(moment('2026', now), local(2026, 0, 1));
  assert.equal(moment('2026-05', now), local(2026, 4, 1));
  assert.equal(moment('2026-05-17', now), local(2026, 4, 17));
  assert.equal(moment('7d', now), local(2026, 10, 20));
  assert.equal(moment('2w', now), local(2026, 10, 13));
  assert.equal(moment('1m', now), local(2026, 9, 27));
  assert.equal(moment('17.5.2026', now), null);
});

test('what is typed is read back', () => {
  for (const [name, value] of [['from', 'ana'], ['subject', 'two words'], ['', 'plain']]) {
    const [term] = parse(typed(name, value));
    assert.deepEqual([term.name, term.value], [name, value]);
  }
});

test('suggestions go on with what was begun', () => {
  const people = [{ name: 'Ana Prado', email: 'ana@example.org' }];
  const offered = (text) => suggestions(text, { mailboxes, people, now }).map(({ text: each }) => each);
  assert.deepEqual(offered('x is:un'), ['x is:unread ']);
  assert.deepEqual(offered('from:pra'), ['from:ana@example.org ']);
  assert.ok(offered('in:').includes('in:"House/Kitchen sink" '));
  assert.ok(offered('fr').includes('from:'));
  assert.ok(offered('').includes('is:unread '));
  assert.deepEqual(offered('subject:x'), []);
});

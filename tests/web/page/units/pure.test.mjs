/** Dates, people, trees, windows, languages: what needs no browser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, day, daysAgo } from '../../../../mailnode/web/static/lib/dates.js';
import { fitting, listed, size, speak, t } from '../../../../mailnode/web/static/lib/i18n.js';
import { distinct, hue, initials, shortly } from '../../../../mailnode/web/static/lib/people.js';
import { branches, path, within } from '../../../../mailnode/web/static/lib/tree.js';
import { pages, reveal, seen, tall } from '../../../../mailnode/web/static/lib/window.js';

const now = new Date(2026, 10, 27, 12);
const at = (...parts) => new Date(...parts).toISOString();

test('dates are as short as they are clear', () => {
  assert.match(brief(at(2026, 10, 27, 9, 5), now, 'en-US'), /^9:05\sAM$/);
  assert.equal(brief(at(2026, 10, 24), now, 'en-US'), 'Tue');
  assert.equal(brief(at(2026, 2, 3), now, 'en-US'), 'Mar 3');
  assert.equal(brief(at(2024, 2, 3), now, 'en-US'), 'Mar 3, 2024');
  assert.equal(brief(at(2026, 10, 28), now, 'en-US'), 'Nov 28');
  assert.equal(daysAgo(new Date(2026, 10, 26, 23, 59), now), 1);
  assert.equal(day(now), '2026-11-27');
});

test('people', () => {
  const who = (name, email = 'a.b@example.org') => ({ name, email });
  assert.equal(initials(who('Ana Prado')), 'AP');
  assert.equal(initials(who(null)), 'AB');
  assert.equal(initials(who('渡辺 健')), '渡健');
  assert.equal(initials(who('…', '@')), '?');
  assert.equal(shortly(who('Dr. Eleanor Whitfield')), 'Eleanor');
  assert.equal(shortly(who('Whitfield, Eleanor')), 'Eleanor');
  assert.equal(shortly(who(null)), 'a.b');
  assert.equal(hue(who('x', 'A@Example.org')), hue(who('y', 'a@example.org')));
  assert.deepEqual(distinct([who('x', 'a@b'), who('y', 'c@d'), who('z', 'A@B')]), [who('x', 'a@b'), who('y', 'c@d')]);
});

const box = (id, name, parentId = null, role = null, sortOrder = 0) => ({ id, name, parentId, role, sortOrder });

test('the tree', () => {
  const all = [box('4', 'b10'), box('3', 'b9'), box('1', 'INBOX', null, 'inbox'), box('2', 'Sent', null, 'sent'),
    box('5', 'inside', '4'), box('6', 'orphan', 'gone'), box('7', 'first', null, null, -1)];
  const shown = branches(all).map(({ mailbox, depth }) => `${depth}${mailbox.name}`);
  assert.deepEqual(shown, ['0INBOX', '0Sent', '0first', '0b9', '0b10', '1inside', '0orphan']);
  assert.equal(branches(all, (id) => id === '4').length, 6);
  const map = new Map(all.map((each) => [each.id, each]));
  assert.deepEqual(path(map, '5'), ['b10', 'inside']);
  assert.ok(within(map, '5', '4') && within(map, '4', '4') && !within(map, '4', '5'));
});

test('the window over a long list', () => {
  const view = { total: 100_000, row: 80, top: 80_000, height: 800 };
  const { first, last, shift } = seen(view);
  assert.ok(first <= 1000 && last >= 1010 && last - first < 40 && shift === 0);
  assert.equal(reveal(view, 1005), null);
  assert.equal(reveal(view, 0), 0);
  assert.equal(reveal(view, 2000), 2001 * 80 - 800);
  assert.deepEqual(pages(49, 51), [0, 1]);
  assert.deepEqual(pages(0, 0), [0]);
});

test('a list taller than an element can be still ends with its last row', () => {
  const total = 1_000_000;
  const row = 80;
  const height = 800;
  const end = { total, row, height, top: tall({ total, row }) - height };
  assert.equal(seen(end).last, total);
  const { shift, first } = seen(end);
  assert.ok(first * row + shift <= tall(end) && (total * row + shift) - tall(end) < 1);
  const to = reveal({ ...end, top: 0 }, total - 1);
  assert.ok(Math.abs(to - end.top) < 1);
});

test('languages', async () => {
  assert.equal(fitting(['de', 'pt-PT']), 'pt-BR');
  assert.equal(fitting(['xx']), 'en');
  assert.equal(t('did.archive', { n: 1 }), 'Archived');
  assert.equal(t('did.archive', { n: 1234 }), '1,234 archived');
  assert.equal(size(1500), '1.5 kB');
  assert.equal(size(0), '0 bytes');
  assert.equal(listed(['a', 'b']), 'a and b');
  await speak('pt-BR');
  assert.equal(t('did.archive', { n: 1234 }), '1.234 arquivadas');
  assert.equal(t('no.such.key'), 'no.such.key');
  await speak('en');
});

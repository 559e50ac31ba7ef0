/** A list that is known in parts, and how it changes (RFC 8620, 5.6). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrived, changed, without } from '../../../../mailnode/web/static/lib/changed.js';

const HOLE = undefined;

test('what is known whole is right after any change', () => {
  let seed = 7;
  const roll = (sides) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % sides;
  for (let round = 0; round < 300; round++) {
    const before = Array.from({ length: roll(20) }, (_, at) => `a${at}`);
    const after = before.filter(() => roll(4));
    for (let count = roll(5); count > 0; count--) after.splice(roll(after.length + 1), 0, `b${count}`);
    const touched = after.filter((id) => id.startsWith('a') && !roll(6));
    const removed = [...before.filter((id) => !after.includes(id)), ...touched, 'never'];
    const added = after.flatMap((id, index) => (before.includes(id) && !touched.includes(id) ? [] : [{ id, index }]));
    assert.deepEqual(changed(before, { removed, added, total: after.length }), { ids: after, certain: after.length });
  }
});

test('a letter on top moves holes and all', () => {
  const { ids, certain } = changed(['a', HOLE, HOLE, 'd'], { removed: [], added: [{ id: 'n', index: 0 }], total: 5 });
  assert.deepEqual(ids, ['n', 'a', HOLE, HOLE, 'd']);
  assert.equal(certain, 5);
});

test('what went from a hole makes all behind it uncertain', () => {
  const { ids, certain } = changed(['a', HOLE, 'c', 'd'], { removed: ['b'], added: [], total: 3 });
  assert.equal(ids.length, 3);
  assert.equal(certain, 1);
});

test('what was only touched in a hole fills it', () => {
  const { ids, certain } = changed(['a', HOLE, 'c'], { removed: ['b'], added: [{ id: 'b', index: 1 }], total: 3 });
  assert.deepEqual(ids, ['a', 'b', 'c']);
  assert.equal(certain, 3);
});

test('a list that became longer than was told is asked for anew', () => {
  const { ids, certain } = changed(['a'], { removed: [], added: [], total: 3 });
  assert.equal(ids.length, 3);
  assert.equal(certain, 0);
});

test('a row that was taken out at once is not missed', () => {
  assert.deepEqual(changed(['b', 'c'], { removed: ['a'], added: [], total: 2 }).ids, ['b', 'c']);
});

test('what arrived is what is above the first that was there', () => {
  assert.deepEqual(arrived(['a', 'b'], ['n', 'm', 'a', 'b']), ['n', 'm']);
  assert.deepEqual(arrived(['a', 'b'], ['n', 'b']), ['n']);
  assert.deepEqual(arrived([], ['n']), []);
  assert.deepEqual(arrived(['a', HOLE], ['a', 'x']), []);
});

test('empty places are places', () => {
  const sparse = ['a', 'b'];
  sparse.length = 5;
  assert.equal(without(sparse, new Set(['a'])).length, 4);
  const { ids, certain } = changed(sparse, { removed: [], added: [{ id: 'n', index: 0 }], total: 6 });
  assert.deepEqual([ids.length, ids.slice(0, 3), certain], [6, ['n', 'a', 'b'], 6]);
});

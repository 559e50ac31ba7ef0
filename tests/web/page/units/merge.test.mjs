/** Settings that two places changed at a time. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merged, same } from '../../../../mailnode/web/static/lib/merge.js';

test('what one place changed stays, whatever the other did', () => {
  const base = { theme: 'system', layout: 'columns', trusted: ['a'] };
  const ours = { ...base, theme: 'dark' };
  const theirs = { ...base, layout: 'list' };
  assert.deepEqual(merged(base, ours, theirs), { theme: 'dark', layout: 'list', trusted: ['a'] });
});

test('lists keep what either added and lose what either took', () => {
  const base = { trusted: ['a', 'b', 'c'] };
  const ours = { trusted: ['b', 'c', 'd'] };
  const theirs = { trusted: ['a', 'b', 'e'] };
  assert.deepEqual(merged(base, ours, theirs), { trusted: ['b', 'e', 'd'] });
  assert.deepEqual(merged({}, { trusted: ['x'] }, { trusted: ['x', 'y'] }), { trusted: ['x', 'y'] });
});

test('what only a newer page knows is not lost', () => {
  assert.deepEqual(merged({ theme: 'dark' }, { theme: 'dark' }, { theme: 'light', sound: { on: true } }),
    { theme: 'light', sound: { on: true } });
});

test('alike is alike whatever the order', () => {
  assert.ok(same({ a: [1, { b: null }], c: '' }, { c: '', a: [1, { b: null }] }));
  assert.ok(!same([1], { 0: 1 }));
  assert.ok(!same({ a: undefined }, { a: null }));
  assert.ok(!same([1, 2], [1]));
});

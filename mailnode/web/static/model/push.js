/** News from the server: who wants to hear of what (RFC 8620, 7). */

import { effect, signal } from '@preact/signals';
import { Stream } from '../lib/jmap/stream.js';
import { client } from './session.js';
import { checkVersion } from './version.js';

/** @import { Connection } from '../lib/jmap/stream.js' */

const GATHERING = 250;
/** Milliseconds in which news is gathered, so that many letters are one refresh. */

/** Whether news can be heard. @type {import('@preact/signals').Signal<Connection>} */
export const connection = signal('connecting');

/** @type {Map<string, Set<(state: string) => void>>} */
const listeners = new Map();
/** The last state heard of each type. @type {Map<string, string>} */
const states = new Map();
/** @type {Map<string, string>} */
const gathered = new Map();
let timer = 0;

/**
 * Be told whenever a type has another state.
 * @param {string} type such as `Email` @param {(state: string) => void} listener
 * @returns {() => void} what ends it
 */
export function onNews(type, listener) {
  const those = listeners.get(type) ?? new Set();
  listeners.set(type, those.add(listener));
  return () => { those.delete(listener); };
}

function tell() {
  for (const [type, state] of gathered) {
    if (states.get(type) === state) continue;
    states.set(type, state);
    for (const listener of listeners.get(type) ?? []) listener(state);
  }
  gathered.clear();
}

/** @param {Record<string, string>} changed */
function hear(changed) {
  for (const [type, state] of Object.entries(changed)) gathered.set(type, state);
  clearTimeout(timer);
  timer = setTimeout(tell, GATHERING);
}

/** Something may have been missed: ask for everything that is shown. */
function catchUp() {
  for (const those of listeners.values()) for (const listener of those) listener('');
}

/** @type {Stream | null} */
let stream = null;
let wasLive = false;

/** @param {Connection} now */
function connected(now) {
  if (now === 'live' && connection.peek() !== 'live' && wasLive) {
    catchUp();
    void checkVersion(); // It may have been away for an upgrade.
  }
  wasLive ||= now === 'live';
  connection.value = now;
}

effect(() => {
  stream?.close();
  stream = null;
  wasLive = false;
  const speaking = client.value;
  if (!speaking) return;
  stream = new Stream(speaking.session, {
    onConnection: connected,
    onState: (changed) => hear(changed[speaking.account] ?? {}),
  });
});

/** A page that comes back to the front does not wait for its next try. */
addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') stream?.retry();
});

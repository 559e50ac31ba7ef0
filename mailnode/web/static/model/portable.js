/** Preferences that follow somebody: the server keeps them, and other devices change them too. */

import { batch, effect } from '@preact/signals';
import { merged, same } from '../lib/merge.js';
import { DEFAULTS, owner, preferences, understood } from './preferences.js';
import { client } from './session.js';

/** @import { Client } from '../lib/jmap/client.js' */

const PATH = '/webmail/preferences';
const GATHERING = 600;
/** Milliseconds in which changes are gathered. */
const LATELY = 60_000;
/** Milliseconds for which what the server said is believed. */
const TRIES = 3;
/** How often we begin anew because another page was quicker. */

/**
 * What the server and we last agreed on, and its tag (RFC 9110, 8.8.3); null before that.
 * @type {{value: Record<string, any>, tag: string, at: number} | null}
 */
let agreed = null;
let timer = 0;

/** Ask the server, and take in what others have changed. @param {Client} whose */
async function fetched(whose) {
  const response = await fetch(PATH, { credentials: 'same-origin', headers: { Accept: 'application/json' } });
  if (!response.ok || client.peek() !== whose) return false;
  const said = await response.json();
  if (client.peek() !== whose) return false;
  // What somebody preferred before there was anything is what he prefers.
  const nothing = Object.keys(said).length === 0;
  const base = agreed?.value ?? (nothing ? DEFAULTS : preferences.peek());
  const theirs = nothing ? { ...DEFAULTS } : { ...said, ...understood(said) };
  const now = understood(merged(base, preferences.peek(), theirs));
  agreed = { value: theirs, tag: response.headers.get('ETag') ?? '', at: Date.now() };
  if (!same(now, preferences.peek())) preferences.value = now;
  return true;
}

/** Tell the server, unless it knows. @param {Client} whose @param {boolean} leaving the page is going */
async function told(whose, leaving = false) {
  for (let tries = 0; tries < TRIES && agreed && client.peek() === whose; tries++) {
    const value = preferences.peek();
    if (same(value, agreed.value)) return;
    const response = await fetch(PATH, {
      method: 'PUT',
      credentials: 'same-origin',
      keepalive: leaving,
      headers: { 'Content-Type': 'application/json', 'If-Match': agreed.tag || '*' },
      body: JSON.stringify(value),
    });
    if (response.ok) {
      agreed = { value, tag: response.headers.get('ETag') ?? '', at: Date.now() };
      return;
    }
    if (response.status !== 412 || !await fetched(whose)) return;
  }
}

/** Without the server they are those of the browser, and are told at the next change. @param {Promise<unknown>} speaking */
const quietly = (speaking) => { speaking.catch(() => {}); };

/** @param {Client} whose */
function entered(whose) {
  const name = whose.session.username;
  agreed = null;
  batch(() => {
    // Another person's senders are not to be trusted, nor is it his language.
    if (owner.peek() && owner.peek() !== name) preferences.value = DEFAULTS;
    owner.value = name;
  });
  quietly(fetched(whose).then(() => told(whose)));
}

/** Let preferences follow whoever signs in. */
export function followPreferences() {
  effect(() => { if (client.value) entered(client.value); });
  effect(() => {
    void preferences.value;
    const whose = client.peek();
    clearTimeout(timer);
    if (whose && agreed) timer = setTimeout(() => quietly(told(whose)), GATHERING);
  });
  addEventListener('visibilitychange', () => {
    const whose = client.peek();
    if (!whose || !agreed) return;
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') quietly(told(whose, true));
    else if (Date.now() - agreed.at > LATELY) quietly(fetched(whose).then(() => told(whose)));
  });
}

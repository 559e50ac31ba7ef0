/** Who is signed in, and the client that speaks for him. */

import { signal } from '@preact/signals';
import { Client } from '../lib/jmap/client.js';
import { SignedOut, Unreachable } from '../lib/jmap/errors.js';

/** @typedef {'starting' | 'out' | 'in' | 'unreachable'} Presence */

/** @type {import('@preact/signals').Signal<Presence>} */
export const presence = signal('starting');

/** The client of who is signed in. @type {import('@preact/signals').Signal<Client | null>} */
export const client = signal(null);

/** Somebody was refused, and why. */
export class Refused extends Error {
  /** @param {'password' | 'busy' | 'server'} why @param {number} [wait] seconds */
  constructor(why, wait = 0) {
    super(why);
    this.why = why;
    this.wait = wait;
  }
}

/** The client; only where somebody is signed in. @returns {Client} */
export function jmap() {
  if (!client.value) throw new SignedOut();
  return client.value;
}

/** Find out whether the browser still has a session. */
export async function resume() {
  try {
    const response = await fetch('/jmap/session', {
      credentials: 'same-origin',
      headers: { Accept: 'application/json' },
    });
    if (response.status === 401) presence.value = 'out';
    else if (response.ok) enter(await response.json());
    else presence.value = 'unreachable';
  } catch {
    presence.value = 'unreachable';
  }
}

/** @param {import('../lib/jmap/types.js').Session} session */
function enter(session) {
  client.value = new Client(session, { onSignedOut: left });
  presence.value = 'in';
}

function left() {
  client.value = null;
  presence.value = 'out';
}

/**
 * Sign in with a password.
 * @param {{user: string, password: string, stay: boolean}} said
 * @throws {Refused}
 */
export async function signIn(said) {
  const response = await fetch('/auth/session', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(said),
  }).catch((reason) => { throw new Unreachable(String(reason)); });
  if (response.status === 401 || response.status === 403) throw new Refused('password');
  if (response.status === 429) {
    throw new Refused('busy', Number(response.headers.get('Retry-After')) || 0);
  }
  if (!response.ok) throw new Refused('server');
  await resume();
}

/** End the session, here and on the server. */
export async function signOut() {
  await fetch('/auth/session', {
    method: 'DELETE',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json' },
  }).catch(() => {});
  left();
}

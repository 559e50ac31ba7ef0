/** Who may come in as oneself: sessions of browsers, and passwords of programs. */

import { RequestRefused } from '../lib/jmap/errors.js';
import { jmap } from './session.js';

/**
 * @typedef {object} Access
 * @property {string} id
 * @property {string} [kind]
 * @property {string} label
 * @property {string[] | null} [scope]
 * @property {string} created
 * @property {string} [seen]
 * @property {string} [address]
 * @property {string} [agent]
 * @property {boolean} [current]
 */

/** @param {string} path @param {RequestInit} [how] @returns {Promise<any>} */
async function ask(path, how = {}) {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
  const response = await jmap().reach(path, { headers, ...how });
  return response.status === 204 ? null : response.json();
}

/** @returns {Promise<Access[]>} */
export const sessions = async () => (await ask('/auth/sessions')).sessions;

/** @param {string} id */
export const endSession = (id) => ask(`/auth/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });

export const endOtherSessions = () => ask('/auth/sessions', { method: 'DELETE' });

/** @returns {Promise<Access[]>} */
export const passwords = async () => (await ask('/auth/passwords')).passwords;

/** @param {string} id */
export const removePassword = (id) => ask(`/auth/passwords/${encodeURIComponent(id)}`, { method: 'DELETE' });

/**
 * Make a password for a program.
 * @param {{label: string, password: string, scope?: string[]}} said `password` is one's own
 * @returns {Promise<string | null>} what is shown once; null if one's own was wrong
 */
export async function makePassword(said) {
  const response = await fetch('/auth/passwords', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(said),
  });
  if (response.status === 401 || response.status === 403) return null;
  if (!response.ok) throw new RequestRefused(response.status, await response.json().catch(() => ({})));
  return (await response.json()).secret;
}

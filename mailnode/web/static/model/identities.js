/** As whom one writes (RFC 8621, 6). */

import { computed, signal } from '@preact/signals';
import { accepted } from '../lib/jmap/errors.js';
import { jmap } from './session.js';

/** @import { Address } from '../lib/jmap/types.js' */

/**
 * @typedef {object} Identity
 * @property {string} id
 * @property {string} name
 * @property {string} email
 * @property {Address[] | null} replyTo
 * @property {Address[] | null} bcc
 * @property {string} textSignature
 * @property {string} htmlSignature
 * @property {boolean} mayDelete
 */

/** @type {import('@preact/signals').Signal<Identity[]>} */
export const identities = signal([]);

/** One's own addresses. */
export const mine = computed(() => identities.value.map(({ name, email }) => ({ name: name || null, email })));

/** Fetch them. */
export async function refreshIdentities() {
  const { list } = await jmap().call('Identity/get', { ids: null });
  identities.value = list;
}

/** Fetch them unless they are there. */
export const needIdentities = () => (identities.value.length ? Promise.resolve() : refreshIdentities());

/** @param {string} id @param {Partial<Identity>} change */
export async function changeIdentity(id, change) {
  accepted(await jmap().call('Identity/set', { update: { [id]: change } }));
  await refreshIdentities();
}

/** @param {Partial<Identity>} wanted */
export async function createIdentity(wanted) {
  accepted(await jmap().call('Identity/set', { create: { made: wanted } }));
  await refreshIdentities();
}

/** @param {string} id */
export async function destroyIdentity(id) {
  accepted(await jmap().call('Identity/set', { destroy: [id] }));
  await refreshIdentities();
}

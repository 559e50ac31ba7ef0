/** A client of JMAP: what is asked in the same moment travels in one request (RFC 8620, 3). */

import { MethodRefused, RequestRefused, SignedOut, Unreachable } from './errors.js';

/** @import { Call, Session } from './types.js' */

export const CORE = 'urn:ietf:params:jmap:core';
export const MAIL = 'urn:ietf:params:jmap:mail';
const CALLS = 16;
/** How many calls a request may have if the server does not say (RFC 8620, 2 suggests 16). */

/**
 * The result of an earlier call of the same group (RFC 8620, 3.7).
 * @param {number} which its place among the calls
 * @param {string} path a JSON pointer, with `*`
 */
export const back = (which, path) => ({ which, path });

/**
 * @typedef {object} Group Calls that must travel together.
 * @property {Call[]} calls
 * @property {(answers: any[]) => void} resolve
 * @property {(reason: unknown) => void} reject
 */

export class Client {
  /**
   * @param {Session} session
   * @param {{fetch?: typeof fetch, onSignedOut?: () => void}} [means]
   */
  constructor(session, means = {}) {
    this.session = session;
    this.account = session.primaryAccounts[MAIL] ?? Object.keys(session.accounts)[0] ?? '';
    this.fetch = means.fetch ?? fetch.bind(globalThis);
    this.onSignedOut = means.onSignedOut ?? (() => {});
    /** @type {Group[]} */
    this.waiting = [];
  }

  /**
   * The answer to one call.
   * @param {string} name @param {Record<string, any>} given
   * @returns {Promise<any>}
   */
  async call(name, given) {
    const [answer] = await this.request([[name, given]]);
    return answer;
  }

  /**
   * The answers to some calls, in their order; the first refusal is thrown.
   * @param {Call[]} calls
   * @returns {Promise<any[]>}
   */
  async request(calls) {
    const answers = await this.attempt(calls);
    const refused = answers.find((answer) => answer instanceof MethodRefused);
    if (refused) throw refused;
    return answers;
  }

  /**
   * The answers to some calls; a refused one is a MethodRefused among them.
   * @param {Call[]} calls
   * @returns {Promise<any[]>}
   */
  attempt(calls) {
    return new Promise((resolve, reject) => {
      if (!this.waiting.length) queueMicrotask(() => this.flush());
      this.waiting.push({ calls, resolve, reject });
    });
  }

  /** The most objects in one /get or /set. @param {'Get' | 'Set'} verb @returns {number} */
  objects(verb) {
    return this.session.capabilities[CORE]?.[`maxObjectsIn${verb}`] ?? 500;
  }

  flush() {
    const most = this.session.capabilities[CORE]?.maxCallsInRequest ?? CALLS;
    const groups = this.waiting;
    this.waiting = [];
    /** @type {Group[]} */
    let together = [];
    let count = 0;
    for (const group of groups) {
      if (together.length && count + group.calls.length > most) {
        void this.send(together);
        together = [];
        count = 0;
      }
      together.push(group);
      count += group.calls.length;
    }
    if (together.length) void this.send(together);
  }

  /** @param {Group[]} groups */
  async send(groups) {
    try {
      const methodCalls = groups.flatMap((group, place) =>
        group.calls.map((call, which) => this.written(group, place, call, which)));
      const using = [...new Set(methodCalls.flatMap(([name]) => this.capabilities(name)))];
      const response = await this.post(this.session.apiUrl, { using, methodCalls });
      groups.forEach((group, place) =>
        group.resolve(group.calls.map((_, which) =>
          heard(response.methodResponses, `${place}.${which}`))));
    } catch (reason) {
      for (const group of groups) group.reject(reason);
    }
  }

  /**
   * One call as it is on the wire, its back references with names and ids.
   * @param {Group} group @param {number} place @param {Call} call @param {number} which
   * @returns {[string, Record<string, any>, string]}
   */
  written(group, place, [name, given], which) {
    const said = Object.fromEntries(Object.entries(given).map(([key, value]) => {
      if (!key.startsWith('#')) return [key, value];
      const [earlier] = group.calls[value.which] ?? [''];
      return [key, { resultOf: `${place}.${value.which}`, name: earlier, path: value.path }];
    }));
    if (name !== 'Core/echo') said.accountId ??= this.account;
    return [name, said, `${place}.${which}`];
  }

  /** What must be said in `using` for a method. @param {string} name @returns {string[]} */
  capabilities(name) {
    const [type = ''] = name.split('/');
    return [CORE, BELONGS[type] ?? MAIL];
  }

  /** @param {string} url @param {unknown} content @returns {Promise<any>} */
  async post(url, content) {
    const response = await this.reach(local(url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(content),
    });
    return response.json();
  }

  /**
   * A response, if it says yes.
   * @param {string} url @param {RequestInit} how
   */
  async reach(url, how) {
    const fetching = this.fetch;
    const response = await fetching(url, { credentials: 'same-origin', ...how })
      .catch((reason) => { throw new Unreachable(String(reason)); });
    if (response.ok) return response;
    if (response.status === 401) {
      this.onSignedOut();
      throw new SignedOut();
    }
    const problem = await response.json().catch(() => ({}));
    throw new RequestRefused(response.status, problem);
  }

  /**
   * Where a blob is (RFC 8620, 6.2).
   * @param {{blobId: string | null, name?: string | null, type?: string}} what
   */
  download({ blobId, name, type }) {
    return local(expanded(this.session.downloadUrl, {
      accountId: this.account,
      blobId: blobId ?? '',
      name: name || 'attachment',
      type: type || 'application/octet-stream',
    }));
  }
}

/** @type {Record<string, string>} */
const BELONGS = {
  Core: CORE,
  Blob: 'urn:ietf:params:jmap:blob',
  Quota: 'urn:ietf:params:jmap:quota',
  Identity: 'urn:ietf:params:jmap:submission',
  EmailSubmission: 'urn:ietf:params:jmap:submission',
  VacationResponse: 'urn:ietf:params:jmap:vacationresponse',
  SieveScript: 'urn:ietf:params:jmap:sieve',
  MDN: 'urn:ietf:params:jmap:mdn',
  Principal: 'urn:ietf:params:jmap:principals',
};
/** The capabilities whose methods are not those of mail. */

/** @param {[string, any, string][]} responses @param {string} id */
function heard(responses, id) {
  const found = responses.find((response) => response[2] === id);
  if (!found) return new MethodRefused({ type: 'serverFail', description: 'no answer' });
  return found[0] === 'error' ? new MethodRefused(found[1]) : found[1];
}

/**
 * A template of level 1 (RFC 6570) with its variables.
 * @param {string} template @param {Record<string, string>} values
 */
export const expanded = (template, values) =>
  template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name] ?? ''));

/**
 * A URL of the session on the origin of this page: it is the same server, whatever
 * a proxy made of its name, and the policy of the page allows no other.
 * @param {string} url
 */
export function local(url) {
  const parsed = new URL(url, 'http://page.invalid');
  return parsed.pathname + parsed.search;
}

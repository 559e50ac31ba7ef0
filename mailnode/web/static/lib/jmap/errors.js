/** What can go wrong when one speaks JMAP. */

/** The server cannot be reached, or broke off. */
export class Unreachable extends Error {}

/** Nobody is signed in (any more). */
export class SignedOut extends Error {}

/** The request as a whole was refused (RFC 8620, 3.6.1). */
export class RequestRefused extends Error {
  /** @param {number} status @param {Record<string, any>} problem */
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? problem.type ?? `HTTP ${status}`);
    this.status = status;
    this.type = problem.type ?? '';
  }
}

/** One method was refused (RFC 8620, 3.6.2). */
export class MethodRefused extends Error {
  /** @param {Record<string, any>} told */
  constructor(told) {
    super(told.description ?? told.type);
    this.type = told.type;
  }
}

/** One record could not be created, changed or destroyed (RFC 8620, 5.3). */
export class RecordRefused extends Error {
  /** @param {string} id @param {Record<string, any>} told */
  constructor(id, told) {
    super(told.description ?? told.type);
    this.id = id;
    this.type = told.type;
    this.properties = told.properties ?? [];
  }
}

/**
 * The answer of a /set, if nothing in it was refused.
 * @param {Record<string, any>} answer
 */
export function accepted(answer) {
  for (const kind of ['notCreated', 'notUpdated', 'notDestroyed']) {
    for (const [id, told] of Object.entries(answer[kind] ?? {})) {
      throw new RecordRefused(id, /** @type {Record<string, any>} */ (told));
    }
  }
  return answer;
}

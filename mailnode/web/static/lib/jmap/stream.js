/** News from the server, and whether it can be heard (RFC 8620, 7.3). */

import { expanded, local } from './client.js';

/** @import { Session } from './types.js' */

/**
 * @typedef {'connecting' | 'live' | 'offline'} Connection
 *
 * @typedef {object} Listener
 * @property {(changed: Record<string, Record<string, string>>) => void} onState
 * @property {(connection: Connection) => void} onConnection
 */

const PING = 30;
/** Seconds between two signs of life; without them a dead connection looks quiet. */
const SILENCE = 2.5 * PING * 1000;
/** Milliseconds without any sign after which the connection counts as lost. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;

export class Stream {
  /** @param {Session} session @param {Listener} listener */
  constructor(session, listener) {
    this.url = local(expanded(session.eventSourceUrl, {
      types: '*', closeafter: 'no', ping: String(PING),
    }));
    this.listener = listener;
    this.wait = FIRST_WAIT;
    /** @type {EventSource | null} */
    this.source = null;
    this.timer = 0;
    this.retry = this.retry.bind(this);
    addEventListener('online', this.retry);
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.source?.close();
    this.listener.onConnection('connecting');
    const source = new EventSource(this.url);
    this.source = source;
    source.onopen = () => this.alive();
    source.onerror = () => this.lost();
    source.addEventListener('ping', () => this.alive());
    source.addEventListener('state', (event) => {
      this.alive();
      this.listener.onState(JSON.parse(event.data).changed ?? {});
    });
  }

  alive() {
    this.wait = FIRST_WAIT;
    this.listener.onConnection('live');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lost(), SILENCE);
  }

  lost() {
    this.source?.close();
    this.listener.onConnection('offline');
    clearTimeout(this.timer);
    this.timer = setTimeout(this.retry, this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  /** Try again, now. */
  retry() {
    if (this.source?.readyState !== EventSource.OPEN) this.open();
  }

  close() {
    removeEventListener('online', this.retry);
    clearTimeout(this.timer);
    this.source?.close();
  }
}

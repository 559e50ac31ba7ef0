/** Octets on their way to the server, with their progress (RFC 8620, 6.1). */

import { RequestRefused, SignedOut, Unreachable } from './errors.js';
import { expanded, local } from './client.js';

/** @import { Client } from './client.js' */

/**
 * @typedef {object} Upload
 * @property {Promise<{blobId: string, type: string, size: number}>} done
 * @property {() => void} cancel
 */

/**
 * Send a file; `done` rejects when it is refused or cancelled.
 * @param {Client} client @param {Blob} file
 * @param {(part: number) => void} [onProgress] told how much is sent, from 0 to 1
 * @returns {Upload}
 */
export function upload(client, file, onProgress = () => {}) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onerror = () => reject(new Unreachable('upload'));
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    request.onload = () => {
      if (request.status < 300) resolve(request.response);
      else if (request.status === 401) reject(new SignedOut());
      else reject(new RequestRefused(request.status, request.response ?? {}));
    };
  });
  request.open('POST', local(expanded(client.session.uploadUrl, { accountId: client.account })));
  request.responseType = 'json';
  request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
  request.send(file);
  return { done, cancel: () => request.abort() };
}

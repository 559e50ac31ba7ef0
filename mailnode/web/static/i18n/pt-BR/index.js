/** Português do Brasil: tudo. */

import compose from './compose.js';
import reading from './reading.js';
import settings from './settings.js';
import shell from './shell.js';

/** @type {import('../../lib/i18n.js').Catalogue} */
export default { ...shell, ...reading, ...compose, ...settings };

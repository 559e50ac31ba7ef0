/** Lets Node find the libraries of the page where the page has them: `node --import`. */

import { register } from 'node:module';

const VENDOR = new URL('../../../mailnode/web/static/vendor/', import.meta.url);
const NAMES = {
  'preact': 'preact.js',
  'preact/hooks': 'preact-hooks.js',
  'htm': 'htm.js',
  '@preact/signals': 'signals.js',
  '@preact/signals-core': 'signals-core.js',
  'dompurify': 'purify.js',
  'squire-rte': 'squire.js',
};

const hook = `
  const names = ${JSON.stringify(NAMES)};
  const vendor = ${JSON.stringify(VENDOR.href)};
  export const resolve = (name, context, next) =>
    name in names ? { url: new URL(names[name], vendor).href, format: 'module', shortCircuit: true } : next(name, context);
  export const load = (url, context, next) =>
    next(url, url.includes('/web/static/') ? { ...context, format: 'module' } : context);
`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

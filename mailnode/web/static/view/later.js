/** A part of the page that is only loaded when it is wanted. */

import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { toast } from '../model/toasts.js';

/**
 * Shows the default export of a module as soon as it is there.
 * @param {{load: () => Promise<{default: any}>, missing: string, [more: string]: any}} given
 *   `missing` is said if it cannot be loaded
 */
export function Later({ load, missing, ...more }) {
  const [found, setFound] = useState(/** @type {{component: any} | null} */ (null));
  useEffect(() => {
    let wanted = true;
    setFound(null);
    load().then(
      (module) => { if (wanted) setFound({ component: module.default }); },
      () => toast(missing, { kind: 'failed' }),
    );
    return () => { wanted = false; };
  }, [load]);
  return found && html`<${found.component} ...${more} />`;
}

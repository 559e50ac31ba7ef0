/** What is fetched before it can be shown, and fetched again when it has changed. */

import { useCallback, useEffect, useState } from 'preact/hooks';
import { complain } from '../../model/actions.js';

/**
 * @template T
 * @param {() => Promise<T>} fetching
 * @returns {[T | null, () => Promise<void>]} what was fetched, and what fetches it again
 */
export function useLoaded(fetching) {
  const [found, setFound] = useState(/** @type {T | null} */ (null));
  const again = useCallback(async () => {
    try {
      setFound(await fetching());
    } catch (reason) {
      complain(reason);
    }
  }, []);
  useEffect(() => { void again(); }, []);
  return [found, again];
}

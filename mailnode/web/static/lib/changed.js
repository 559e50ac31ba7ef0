/** What a list becomes that is known in parts, when the server says how it changed (RFC 8620, 5.6). */

/** @typedef {(string | undefined)[]} Ids by position, undefined where nobody has asked yet */

/**
 * @typedef {object} Moves
 * @property {string[]} removed
 * @property {{id: string, index: number}[]} added lowest index first
 * @property {number} total
 */

/** A list in which empty places are there, not left out by what goes through it. @param {Ids} ids @returns {Ids} */
const whole = (ids) => Array.from(ids);

/** A list without some of what is in it. @param {Ids} ids @param {Set<string>} gone @returns {Ids} */
export const without = (ids, gone) => whole(ids).filter((id) => id === undefined || !gone.has(id));

/**
 * The list after the changes, and up to where its places are certain: something may have
 * gone from among what was never fetched, and then nobody knows where.
 * @param {Ids} before @param {Moves} moves
 * @returns {{ids: Ids, certain: number}}
 */
export function changed(before, { removed, added, total }) {
  const known = new Set(before);
  const going = new Set([...removed, ...added.map(({ id }) => id)]);
  const ids = without(before, going);
  const returning = new Set(removed);
  for (const { id, index } of [...added].sort((one, other) => one.index - other.index)) {
    if (index > ids.length) ids.length = index;
    // It was among what we have not fetched, and is there still.
    const stays = returning.has(id) && !known.has(id) && index < ids.length && ids[index] === undefined;
    ids.splice(index, stays ? 1 : 0, id);
  }
  if (ids.length === total) return { ids, certain: total };
  const hole = ids.findIndex((id) => id === undefined);
  const certain = ids.length > total && hole >= 0 ? Math.min(hole, total) : 0;
  ids.length = total;
  return { ids, certain };
}

/**
 * What has come in above what was at the top.
 * @param {Ids} before @param {Ids} after
 * @returns {string[]}
 */
export function arrived(before, after) {
  const known = new Set(before);
  const at = after.findIndex((id) => id !== undefined && known.has(id));
  return at < 0 ? [] : /** @type {string[]} */ (after.slice(0, at).filter((id) => id !== undefined));
}

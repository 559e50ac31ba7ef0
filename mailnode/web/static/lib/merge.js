/** What becomes of settings that two places changed at a time. */

/** @typedef {Record<string, any>} Settings */

/** Whether two values of JSON are alike, whatever the order of their members. @param {any} one @param {any} other @returns {boolean} */
export function same(one, other) {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => same(one[key], other[key]));
}

/**
 * A list with what we added to it and without what we took away.
 * @param {any[]} base @param {any[]} ours @param {any[]} theirs
 */
function list(base, ours, theirs) {
  const kept = theirs.filter((each) => ours.includes(each) || !base.includes(each));
  return [...kept, ...ours.filter((each) => !base.includes(each) && !kept.includes(each))];
}

/**
 * Their settings with what we have changed since both were the same.
 * @param {Settings} base as they were @param {Settings} ours @param {Settings} theirs
 * @returns {Settings}
 */
export function merged(base, ours, theirs) {
  const result = { ...theirs };
  for (const key of new Set([...Object.keys(base), ...Object.keys(ours)])) {
    if (same(base[key], ours[key])) continue;
    const lists = Array.isArray(ours[key]) && Array.isArray(theirs[key]);
    result[key] = lists ? list(base[key] ?? [], ours[key], theirs[key]) : ours[key];
  }
  return result;
}

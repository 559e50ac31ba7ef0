/** Dates as people say them; `now` is always given. */

const DAY = 86_400_000;

/** The beginning of a day. @param {Date} date */
export const midnight = (date) =>
  new Date(date.getFullYear(), date.getMonth(), date.getDate());

/** How many midnights lie between. @param {Date} date @param {Date} now */
export const daysAgo = (date, now) =>
  Math.round((midnight(now).getTime() - midnight(date).getTime()) / DAY);

/**
 * The shortest that is clear: an hour today, a weekday this week, else a date.
 * @param {string} when @param {Date} now @param {string} language
 */
export function brief(when, now, language) {
  const date = new Date(when);
  const days = daysAgo(date, now);
  /** @type {Intl.DateTimeFormatOptions} */
  let form = { year: 'numeric', month: 'short', day: 'numeric' };
  if (days === 0) form = { hour: 'numeric', minute: '2-digit' };
  else if (days > 0 && days < 7) form = { weekday: 'short' };
  else if (date.getFullYear() === now.getFullYear()) form = { month: 'short', day: 'numeric' };
  return new Intl.DateTimeFormat(language, form).format(date);
}

/**
 * Day and hour, with the year only where it is another.
 * @param {string} when @param {Date} now @param {string} language
 */
export function medium(when, now, language) {
  const date = new Date(when);
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(language, {
    year, weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit',
  }).format(date);
}

/** Everything there is to say. @param {string} when @param {string} language */
export const full = (when, language) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' })
    .format(new Date(when));

/** A day as JMAP and inputs write it. @param {Date} date */
export function day(date) {
  const two = (/** @type {number} */ part) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

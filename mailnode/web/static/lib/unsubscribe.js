/** How one leaves a mailing list (RFC 2369, 3.2). */

/** @typedef {{kind: 'mail', to: string, subject: string, body: string} | {kind: 'web', url: string}} Way */

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** A message to an address, and to no other (RFC 6068, 2). @param {string} url @returns {Way | null} */
function mail(url) {
  const [address = '', query = ''] = url.replace(/^mailto:/i, '').split('?');
  const to = decoded(address);
  if (!/^[^\s@,<>"]+@[^\s@,<>"]+$/.test(to)) return null;
  const given = Object.fromEntries(query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [name.toLowerCase(), decoded(value.join('='))];
  }));
  return { kind: 'mail', to, subject: (given.subject ?? 'unsubscribe').replace(/[\r\n]+/g, ' '), body: given.body ?? '' };
}

/** @param {string} url @returns {Way | null} */
function web(url) {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed?.protocol === 'https:' && !parsed.username ? { kind: 'web', url: parsed.href } : null;
}

/**
 * The way that asks least of who wants to leave: a message, which we send; else a page.
 * @param {string[] | null | undefined} urls as the sender prefers them
 * @returns {Way | null}
 */
export function way(urls) {
  const all = (urls ?? []).map((url) => (/^mailto:/i.test(url) ? mail(url) : web(url))).filter((each) => each !== null);
  return all.find(({ kind }) => kind === 'mail') ?? all[0] ?? null;
}

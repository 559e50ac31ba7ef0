/** The document in which a letter is shown, with the policy of the real server. */

const POLICY = "default-src 'none'; img-src data: 'self'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
  + "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

const newsletter = (text, images) => `
  <div style="max-width:640px;border:1px solid #ddd;border-radius:8px;overflow:hidden">
    <div style="background:#203040;color:#fff;padding:20px;font-size:20px">Hello</div>
    <div style="padding:20px"><p>${escaped(text).replace(/\n/g, '<br>')}</p>
    ${images ? '<img alt="a picture" width="320" height="120" src="/static/icon.svg">' : '<!-- remote image left out -->'}
    <p><a href="https://example.com/" target="_blank" rel="noopener noreferrer">Read more</a></p></div>
  </div>`;

/** @param {any} response @param {any} email @param {URLSearchParams} wanted */
export function body(response, email, wanted) {
  if (!email) {
    response.writeHead(404).end();
    return;
  }
  const dark = wanted.get('dark') === '1' && !email.html;
  const images = wanted.get('images') === '1';
  const inside = email.html ? newsletter(email.text, images)
    : `<p style="white-space:pre-wrap;overflow-wrap:anywhere">${escaped(email.text)}</p>`;
  const light = wanted.get('dark') === '1' && email.html;
  const colours = dark ? 'color:#e8eaee' : 'color:#1b1f26';
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': POLICY,
    'X-Remote-Images': email.html && !images ? '1' : '0',
  });
  response.end(`<!doctype html><html lang="en"${light ? ' data-light' : ''}><meta charset="utf-8"><style>
    html{color-scheme:${dark ? 'dark' : 'light'}}
    body{margin:0;font:15px/1.55 system-ui,sans-serif;${colours}}</style><body${email.html ? ' data-blocked="1"' : ''}>${inside}</body></html>`);
}

// A client that idles in INBOX and says what it hears, one JSON value a line.
//
//   node idle.mjs PORT USER PASSWORD HOW_MANY
//
// It begins with {"ready": N} once it idles; for each new message follows
// {"exists": N, "at": MS} with the wall clock in milliseconds; and at last
// {"found": [...]}, everything it fetched.
import { ImapFlow } from "imapflow";

const [port, user, pass, wanted] = process.argv.slice(2);
const SETTLED = 200;
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const now = () => performance.timeOrigin + performance.now();

const client = new ImapFlow({
  host: "127.0.0.1",
  port: Number(port),
  secure: false,
  doSTARTTLS: true,
  tls: { rejectUnauthorized: false },
  auth: { user, pass },
  logger: false,
});
client.on("error", (error) => {
  say({ error: String(error) });
  process.exit(1);
});

await client.connect();
const lock = await client.getMailboxLock("INBOX");
const all = new Promise((resolve) => {
  client.on("exists", ({ count }) => {
    say({ exists: count, at: now() });
    if (count >= Number(wanted)) resolve();
  });
});
client.idle();
// The server's leave to idle is not told of: give it the time.
setTimeout(() => say({ ready: client.mailbox.exists }), SETTLED);
await all;

const found = [];
for await (const message of client.fetch("1:*", { source: true, envelope: true })) {
  const { seq, uid, envelope, source } = message;
  found.push({ seq, uid, subject: envelope.subject, source: source.toString("base64") });
}
say({ found });
lock.release();
await client.logout();

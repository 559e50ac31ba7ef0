-- The mail of some accounts.  The account leads every key, and all numbers are
-- drawn from its own counters, so that it can be moved as a unit.

CREATE TABLE account (
    id INTEGER NOT NULL,            -- as in the main database
    modseq INTEGER NOT NULL,        -- the last change; one for each transaction
    next_id INTEGER NOT NULL,       -- the next mailbox, email or content
    uidvalidity INTEGER NOT NULL,   -- the last one given to a mailbox
    floor_modseq INTEGER NOT NULL,  -- what vanished at or before this may be forgotten
    octets INTEGER NOT NULL,        -- maintained: the sizes of all messages
    messages INTEGER NOT NULL,      -- maintained: how many there are
    octets_limit INTEGER,           -- what octets may become; NULL: no limit
    messages_limit INTEGER,         -- what messages may become; NULL: no limit
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE mailbox (
    account INTEGER NOT NULL,         -- whose it is
    id INTEGER NOT NULL,              -- for ever, whatever its name
    name TEXT,                        -- canonical; NULL: deleted, not yet cleared
    special_use TEXT,                 -- RFC 6154, 2, with the backslash, or NULL
    uidvalidity INTEGER NOT NULL,     -- RFC 9051, 2.3.1.1
    uidnext INTEGER NOT NULL,         -- the next UID
    highest_modseq INTEGER NOT NULL,  -- the last change of a message in it
    messages INTEGER NOT NULL,        -- maintained: how many there are
    unseen INTEGER NOT NULL,          -- maintained: those without \Seen
    deleted INTEGER NOT NULL,         -- maintained: those with \Deleted
    size INTEGER NOT NULL,            -- maintained: their octets
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mailbox_name ON mailbox (account, name);
CREATE UNIQUE INDEX mailbox_special_use ON mailbox (account, special_use);
CREATE INDEX mailbox_deleted ON mailbox (account, id) WHERE name IS NULL;

CREATE TABLE subscription (
    account INTEGER NOT NULL,  -- whose it is
    name TEXT NOT NULL,        -- a mailbox, which may be gone (RFC 9051, 6.3.7)
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE keyword (
    account INTEGER NOT NULL,  -- whose it is
    mailbox INTEGER NOT NULL,  -- where it is used
    bit INTEGER NOT NULL,      -- its bit in message.flags, from 5 to 62
    name TEXT NOT NULL,        -- as it was first written
    folded TEXT NOT NULL,      -- its name, case folded: keywords ignore case
    PRIMARY KEY (account, mailbox, bit)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX keyword_folded ON keyword (account, mailbox, folded);

CREATE TABLE content (
    account INTEGER NOT NULL,  -- whose it is
    id INTEGER NOT NULL,       -- drawn from the account
    hash BLOB,                 -- SHA-256 of the octets; NULL: not all are here
    size INTEGER NOT NULL,     -- octets
    refs INTEGER NOT NULL,     -- how many emails have it
    freed_at INTEGER,          -- since when there are none, in ms; NULL: there are
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX content_hash ON content (account, hash);
CREATE INDEX content_freed ON content (freed_at) WHERE freed_at IS NOT NULL;

CREATE TABLE chunk (
    account INTEGER NOT NULL,  -- whose it is
    content INTEGER NOT NULL,  -- of which content
    n INTEGER NOT NULL,        -- its place, from 0
    data BLOB NOT NULL,        -- 256 KiB; the last one less
    PRIMARY KEY (account, content, n)
) STRICT;

CREATE TABLE email (
    account INTEGER NOT NULL,      -- whose it is
    id INTEGER NOT NULL,           -- the same for all its copies (RFC 8474)
    content INTEGER NOT NULL,      -- its octets
    size INTEGER NOT NULL,         -- how many
    header_size INTEGER NOT NULL,  -- octets of the header and its empty line
    lines INTEGER NOT NULL,        -- line ends in the whole message
    sent INTEGER,                  -- the Date field, in ms, or NULL
    base_subject TEXT NOT NULL,    -- RFC 5256, 2.1
    envelope BLOB NOT NULL,        -- ENVELOPE, ready to send
    structure BLOB NOT NULL,       -- BODYSTRUCTURE, ready to send
    parts BLOB NOT NULL,           -- where every part lies, packed
    preview TEXT NOT NULL,         -- the first words (RFC 8970)
    PRIMARY KEY (account, id)
) STRICT;

CREATE TABLE message (
    account INTEGER NOT NULL,   -- whose it is
    mailbox INTEGER NOT NULL,   -- where it is
    uid INTEGER NOT NULL,       -- RFC 9051, 2.3.1.1
    email INTEGER NOT NULL,     -- which email
    modseq INTEGER NOT NULL,    -- the change that last touched it (RFC 7162)
    flags INTEGER NOT NULL,     -- a bit for each flag: the system's, then keywords
    size INTEGER NOT NULL,      -- octets, as in email
    received INTEGER NOT NULL,  -- INTERNALDATE, in ms
    saved INTEGER NOT NULL,     -- when it came into this mailbox, in ms (RFC 8514)
    PRIMARY KEY (account, mailbox, uid)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_modseq ON message (account, mailbox, modseq);
CREATE INDEX message_email ON message (account, email);

CREATE TABLE vanished (
    account INTEGER NOT NULL,  -- whose it was
    mailbox INTEGER NOT NULL,  -- where it was
    modseq INTEGER NOT NULL,   -- the change that took it away
    uid INTEGER NOT NULL,      -- what its UID was
    at INTEGER NOT NULL,       -- when, in ms
    PRIMARY KEY (account, mailbox, modseq, uid)
) STRICT, WITHOUT ROWID;

CREATE INDEX vanished_at ON vanished (at);

CREATE TABLE delivered (
    account INTEGER NOT NULL,   -- who has it
    delivery_id TEXT NOT NULL,  -- which must not be delivered there again
    at INTEGER NOT NULL,        -- when it was, in ms
    PRIMARY KEY (account, delivery_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX delivered_at ON delivered (at);

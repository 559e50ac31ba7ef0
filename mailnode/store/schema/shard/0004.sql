-- The mail of an account as a whole: emails in mailboxes, threads of emails, and
-- what became different of them.  It is a projection of the tables before, made when
-- it is first asked for and caught up before it is read; all of it can be made again.

ALTER TABLE mailbox ADD COLUMN sort_order INTEGER NOT NULL DEFAULT 0;  -- lower is earlier

ALTER TABLE vanished ADD COLUMN email INTEGER NOT NULL DEFAULT 0;  -- which it was; 0: not known

CREATE TABLE flagged (
    account INTEGER NOT NULL,  -- whose it is; only of accounts that have a whole
    mailbox INTEGER NOT NULL,  -- where flags changed
    modseq INTEGER NOT NULL,   -- the change
    spans TEXT NOT NULL,       -- pairs of UIDs between which all are that changed, as JSON
    PRIMARY KEY (account, mailbox, modseq)
) STRICT, WITHOUT ROWID;

CREATE TABLE whole (
    account INTEGER NOT NULL,  -- whose mail it is
    upto INTEGER NOT NULL,     -- the account's modseq up to which it is caught up
    settled INTEGER NOT NULL,  -- 1: it is all of that; 0: it is being caught up
    trash INTEGER,             -- the mailbox with that use, as it is counted; or NULL
    caught_at INTEGER NOT NULL,  -- when it was last caught up, in ms
    lost INTEGER NOT NULL,     -- the last change of flags that was forgotten unread
    PRIMARY KEY (account)
) STRICT, WITHOUT ROWID;

CREATE TABLE whole_kind (
    account INTEGER NOT NULL,  -- whose it is
    kind TEXT NOT NULL,        -- Mailbox, Thread, Email
    state INTEGER NOT NULL,    -- the last change of one
    floor INTEGER NOT NULL,    -- changes since a state before this are not known
    PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE whole_touched (
    account INTEGER NOT NULL,  -- whose it is
    email INTEGER NOT NULL,    -- one that may have changed
    PRIMARY KEY (account, email)
) STRICT, WITHOUT ROWID;

CREATE TABLE whole_mailbox (
    account INTEGER NOT NULL,     -- whose it is
    id INTEGER NOT NULL,          -- as in mailbox
    name TEXT NOT NULL,           -- as it was seen
    special_use TEXT,             -- the same
    sort_order INTEGER NOT NULL,  -- the same
    subscribed INTEGER NOT NULL,  -- 1: it is
    uidnext INTEGER NOT NULL,     -- messages from here on are not touched yet
    upto INTEGER NOT NULL,        -- mailbox.highest_modseq that has been looked at
    emails INTEGER NOT NULL,      -- maintained: RFC 8621, 2, totalEmails
    unread INTEGER NOT NULL,      -- maintained: unreadEmails
    threads INTEGER NOT NULL,     -- maintained: totalThreads
    unread_threads INTEGER NOT NULL,  -- maintained: unreadThreads
    first INTEGER NOT NULL,       -- the change that made it
    created INTEGER NOT NULL,     -- the same
    props INTEGER NOT NULL,       -- the last change of anything but the counters
    modseq INTEGER NOT NULL,      -- the last change of anything
    destroyed INTEGER,            -- the change that took it away, or NULL
    at INTEGER,                   -- when that was, in ms, or NULL
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX whole_mailbox_modseq ON whole_mailbox (account, modseq);
CREATE INDEX whole_mailbox_at ON whole_mailbox (at) WHERE at IS NOT NULL;

CREATE TABLE whole_email (
    account INTEGER NOT NULL,    -- whose it is
    id INTEGER NOT NULL,         -- as in email
    content INTEGER NOT NULL,    -- the same
    thread INTEGER NOT NULL,     -- which thread
    received INTEGER NOT NULL,   -- INTERNALDATE, in ms
    size INTEGER NOT NULL,       -- octets
    sent INTEGER,                -- the Date field, in ms, or NULL
    attached INTEGER NOT NULL,   -- 1: something is attached to it
    sender TEXT NOT NULL,        -- who it is from, to sort by
    recipient TEXT NOT NULL,     -- who it is to, to sort by
    subject TEXT NOT NULL,       -- the base subject, to sort by
    ids BLOB NOT NULL,           -- keys of whole_reference, 64 bits each
    keywords TEXT NOT NULL,      -- lower case, a space before and behind each
    mailboxes TEXT NOT NULL,     -- that it is in, ascending, as JSON
    unread INTEGER NOT NULL,     -- 1: unread outside the trash; 2: in it; 3: both; 0
    first INTEGER NOT NULL,      -- the change with which it was first there
    created INTEGER NOT NULL,    -- the change since which it has been there
    modseq INTEGER NOT NULL,     -- the change that last touched it
    destroyed INTEGER,           -- the change since which it is not there, or NULL
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX whole_email_modseq ON whole_email (account, modseq, created, first, destroyed);
CREATE INDEX whole_email_content ON whole_email (account, content);
CREATE INDEX whole_email_thread ON whole_email (account, thread, received);

CREATE TABLE whole_place (
    account INTEGER NOT NULL,   -- whose it is
    mailbox INTEGER NOT NULL,   -- where an email is
    received INTEGER NOT NULL,  -- as in whole_email
    email INTEGER NOT NULL,     -- which
    added INTEGER NOT NULL,     -- the change since which it is there
    PRIMARY KEY (account, mailbox, received, email)
) STRICT, WITHOUT ROWID;

CREATE INDEX whole_place_added ON whole_place (account, mailbox, added);

CREATE TABLE whole_left (
    account INTEGER NOT NULL,   -- whose it was
    mailbox INTEGER NOT NULL,   -- where an email was
    modseq INTEGER NOT NULL,    -- the change since which it is not there
    email INTEGER NOT NULL,     -- which
    received INTEGER NOT NULL,  -- as in whole_email
    thread INTEGER NOT NULL,    -- the same
    added INTEGER NOT NULL,     -- the change since which it had been there
    at INTEGER NOT NULL,        -- when it left, in ms
    PRIMARY KEY (account, mailbox, modseq, email)
) STRICT, WITHOUT ROWID;

CREATE INDEX whole_left_at ON whole_left (at);

CREATE TABLE whole_thread (
    account INTEGER NOT NULL,  -- whose it is
    id INTEGER NOT NULL,       -- its first email
    held INTEGER NOT NULL,     -- how many emails it has had
    emails INTEGER NOT NULL,   -- maintained: how many are there
    unread INTEGER NOT NULL,   -- maintained: as of its emails, taken together
    first INTEGER NOT NULL,    -- the change with which it was first there
    created INTEGER NOT NULL,  -- the change since which it has been there
    modseq INTEGER NOT NULL,   -- the last change of which emails it has
    destroyed INTEGER,         -- the change since which it has none, or NULL
    at INTEGER,                -- when that was, in ms, or NULL
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX whole_thread_modseq ON whole_thread (account, modseq, created, first, destroyed);
CREATE INDEX whole_thread_at ON whole_thread (at) WHERE at IS NOT NULL;

CREATE TABLE whole_talk (
    account INTEGER NOT NULL,   -- whose it is
    thread INTEGER NOT NULL,    -- one with an email in
    mailbox INTEGER NOT NULL,   -- this mailbox
    received INTEGER NOT NULL,  -- maintained: of the latest of them here
    email INTEGER NOT NULL,     -- maintained: that
    total INTEGER NOT NULL,     -- maintained: how many there are here
    unread INTEGER NOT NULL,    -- maintained: 1: it counts as unread here
    PRIMARY KEY (account, thread, mailbox)
) STRICT, WITHOUT ROWID;

CREATE INDEX whole_talk_latest ON whole_talk (account, mailbox, received, email);

CREATE TABLE whole_reference (
    account INTEGER NOT NULL,  -- whose it is
    key INTEGER NOT NULL,      -- 64 bits of a message id and a base subject
    thread INTEGER NOT NULL,   -- that has an email with both
    PRIMARY KEY (account, key, thread)
) STRICT, WITHOUT ROWID;

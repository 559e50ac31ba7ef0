-- What was decided about messages, and when: a record beside the mail.

CREATE TABLE message (
    id INTEGER NOT NULL,  -- in the order they were first heard of
    name TEXT NOT NULL,   -- our name for it
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX message_name ON message (name);

CREATE TABLE step (
    message INTEGER NOT NULL,  -- of which message
    n INTEGER NOT NULL,        -- its place, from 0
    at INTEGER NOT NULL,       -- when it was, in ms
    event TEXT NOT NULL,       -- received, queued, delivered, deferred...
    sender TEXT NOT NULL,      -- the reverse-path; empty: the null one
    recipient TEXT NOT NULL,   -- whom it is about; empty: all
    message_id TEXT NOT NULL,  -- the Message-ID with its brackets, or empty
    text TEXT NOT NULL,        -- what there is to tell, in one line
    PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE clue (
    word TEXT NOT NULL,        -- an address in lower case, or a Message-ID
    message INTEGER NOT NULL,  -- one of its steps has it
    PRIMARY KEY (word, message)
) STRICT, WITHOUT ROWID;

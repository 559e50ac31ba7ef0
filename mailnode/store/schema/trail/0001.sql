-- What was decided about messages, and when: a record beside the mail.

CREATE TABLE step (
    id INTEGER NOT NULL,       -- in the order they were written down
    at INTEGER NOT NULL,       -- when it was, in ms
    name TEXT NOT NULL,        -- which message, by our name for it
    event TEXT NOT NULL,       -- received, queued, delivered, deferred...
    sender TEXT NOT NULL,      -- the reverse-path; empty: the null one
    recipient TEXT NOT NULL,   -- whom it is about; empty: all
    message_id TEXT NOT NULL,  -- the Message-ID with its brackets, or empty
    text TEXT NOT NULL,        -- what there is to tell, in one line
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX step_name ON step (name);
CREATE INDEX step_sender ON step (lower(sender)) WHERE sender <> '';
CREATE INDEX step_recipient ON step (lower(recipient)) WHERE recipient <> '';
CREATE INDEX step_message_id ON step (message_id) WHERE message_id <> '';

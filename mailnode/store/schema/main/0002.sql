-- What waits to leave: messages, where each goes, and whose turn it is.

INSERT INTO counter (name, value) VALUES ('queue_message', 0), ('queue_turn', 0);

CREATE TABLE queue_message (
    id INTEGER NOT NULL,           -- drawn from the counter
    name TEXT NOT NULL,            -- the id of its envelope, for the world
    envelope TEXT NOT NULL,        -- the envelope without targets, as JSON
    size INTEGER NOT NULL,         -- octets of the content
    header_size INTEGER NOT NULL,  -- octets of its header and the empty line
    hash BLOB NOT NULL,            -- SHA-256 of the octets
    complete INTEGER NOT NULL,     -- 1: it counts; 0: not all is here, or not any more
    touched INTEGER NOT NULL,      -- when it began to come, in ms
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX queue_message_name ON queue_message (name) WHERE complete = 1;
CREATE INDEX queue_message_unfinished ON queue_message (touched) WHERE complete = 0;

CREATE TABLE queue_chunk (
    message INTEGER NOT NULL,  -- of which message
    n INTEGER NOT NULL,        -- its place, from 0
    data BLOB NOT NULL,        -- 256 KiB; the last one less
    PRIMARY KEY (message, n)
) STRICT;

-- A target that may be tried is in one of two places: it waits until it is due,
-- and has no turn; or it is in line, and has one.

CREATE TABLE queue_target (
    message INTEGER NOT NULL,    -- of which message
    number INTEGER NOT NULL,     -- its place in the message, from 0
    target TEXT NOT NULL,        -- recipient, address and mailbox, as JSON
    reverse_path TEXT NOT NULL,  -- on this way: local@domain; empty: the null one
    destination TEXT NOT NULL,   -- a domain; empty: this server
    whose TEXT NOT NULL,         -- who takes turns: the account, or the sender
    priority INTEGER NOT NULL,   -- from -9 to 9 (RFC 6710)
    stage TEXT NOT NULL,         -- incoming, active, deferred, hold, corrupt
    due INTEGER NOT NULL,        -- when it is tried next, or its lease ends, in ms
    turn INTEGER,                -- its place in line; NULL: it waits, or is not tried
    owner TEXT,                  -- who has the lease; NULL: nobody
    attempts INTEGER NOT NULL,   -- how often it has been tried
    warned INTEGER NOT NULL,     -- 1: the sender knows of the delay
    outcome TEXT,                -- of the last attempt, as JSON; NULL: there was none
    PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX queue_target_waiting ON queue_target (destination, due)
    WHERE turn IS NULL AND stage IN ('incoming', 'active', 'deferred');
CREATE INDEX queue_target_line
    ON queue_target (destination, priority DESC, turn, message, number)
    WHERE turn IS NOT NULL;
CREATE INDEX queue_target_whose ON queue_target (destination, priority, whose, turn)
    WHERE turn IS NOT NULL;
CREATE INDEX queue_target_owner ON queue_target (owner) WHERE owner IS NOT NULL;

CREATE TABLE queue_destination (
    name TEXT NOT NULL,        -- a domain; empty: this server
    ready INTEGER,             -- maintained: when to look at it, in ms; 0: somebody is
                               -- in line and may go; NULL: there is nothing to try
    served INTEGER NOT NULL,   -- when it was last its turn, by the counter queue_turn
    put_off INTEGER NOT NULL,  -- before when it is not tried, in ms
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

CREATE INDEX queue_destination_ready ON queue_destination (ready, served);
CREATE INDEX queue_destination_empty ON queue_destination (put_off)
    WHERE ready IS NULL;

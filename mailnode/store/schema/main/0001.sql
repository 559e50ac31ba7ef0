-- Who lives here, and the letters that were accepted and are on their way.

CREATE TABLE counter (
    name TEXT NOT NULL,      -- what is counted: account, incoming
    value INTEGER NOT NULL,  -- the number that was given last
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

INSERT INTO counter (name, value) VALUES ('account', 0), ('incoming', 0);

CREATE TABLE account (
    id INTEGER NOT NULL,       -- for ever, in its shard too; never used again
    name TEXT NOT NULL,        -- an address such as ana@example.org
    shard INTEGER NOT NULL,    -- which shard keeps its mail, from 0
    created INTEGER NOT NULL,  -- when it was made, in ms
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX account_name ON account (name);

CREATE TABLE removal (
    account INTEGER NOT NULL,  -- an account whose mail is being removed
    shard INTEGER NOT NULL,    -- the shard that keeps it
    began INTEGER NOT NULL,    -- when that began, in ms
    PRIMARY KEY (account)
) STRICT;

CREATE TABLE domain (
    name TEXT NOT NULL,        -- lower case, A-labels
    created INTEGER NOT NULL,  -- when it was added, in ms
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    address TEXT NOT NULL,     -- local@domain, case folded; the account's name
    domain TEXT NOT NULL,      -- what stands after the @
    password TEXT NOT NULL,    -- a hash that only the verifier understands
    created INTEGER NOT NULL,  -- when the person was added, in ms
    PRIMARY KEY (address)
) STRICT, WITHOUT ROWID;

CREATE INDEX person_domain ON person (domain);

CREATE TABLE scram (
    address TEXT NOT NULL,        -- the person
    mechanism TEXT NOT NULL,      -- SCRAM-SHA-256 or SCRAM-SHA-1
    salt BLOB NOT NULL,           -- RFC 5802, 3
    iterations INTEGER NOT NULL,  -- the iteration count, i
    stored_key BLOB NOT NULL,     -- StoredKey
    server_key BLOB NOT NULL,     -- ServerKey
    PRIMARY KEY (address, mechanism)
) STRICT, WITHOUT ROWID;

CREATE TABLE alias (
    address TEXT NOT NULL,      -- local@domain or @domain, case folded
    domain TEXT NOT NULL,       -- what stands after the @
    position INTEGER NOT NULL,  -- the order of its targets, from 0
    target TEXT NOT NULL,       -- an address where it leads
    PRIMARY KEY (address, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX alias_domain ON alias (domain);

CREATE TABLE incoming (
    id INTEGER NOT NULL,        -- drawn from the counter
    delivery_id TEXT NOT NULL,  -- the same for every attempt
    received INTEGER NOT NULL,  -- INTERNALDATE, in ms
    size INTEGER NOT NULL,      -- octets of the whole message
    hash BLOB NOT NULL,         -- SHA-256 of the octets
    complete INTEGER NOT NULL,  -- 1: all chunks are here, we answer for it; 0: not yet
    touched INTEGER NOT NULL,   -- when something was last added, in ms
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE incoming_chunk (
    incoming INTEGER NOT NULL,  -- the letter
    n INTEGER NOT NULL,         -- the place of this chunk, from 0
    data BLOB NOT NULL,         -- 256 KiB; the last one less
    PRIMARY KEY (incoming, n)
) STRICT;

CREATE TABLE incoming_destination (
    incoming INTEGER NOT NULL,  -- the letter
    account TEXT NOT NULL,      -- the name of an account
    mailbox TEXT NOT NULL,      -- the name of its mailbox
    PRIMARY KEY (incoming, account)
) STRICT, WITHOUT ROWID;

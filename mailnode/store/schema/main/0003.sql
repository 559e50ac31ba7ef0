-- What opens an account in place of its password.

INSERT INTO counter (name, value) VALUES ('token', 0);

CREATE TABLE token (
    id INTEGER NOT NULL,       -- drawn from the counter
    hash BLOB NOT NULL,        -- SHA-256 of the secret
    account TEXT NOT NULL,     -- the name of the account
    purpose TEXT NOT NULL,     -- session, bearer or password
    label TEXT NOT NULL,       -- what somebody calls it
    scope TEXT NOT NULL,       -- protocols, a space between; empty: all
    lasts INTEGER NOT NULL,    -- how long it is good after it was last used, in ms; 0: for ever
    created INTEGER NOT NULL,  -- when it was made, in ms
    seen INTEGER NOT NULL,     -- when it was last used, to some minutes, in ms
    expires INTEGER,           -- when it is good no longer, in ms; NULL: never
    address TEXT NOT NULL,     -- where it was last used from
    agent TEXT NOT NULL,       -- what the client there called itself
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX token_hash ON token (hash);
CREATE INDEX token_account ON token (account, id);
CREATE INDEX token_expires ON token (expires) WHERE expires IS NOT NULL;

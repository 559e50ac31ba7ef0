-- What an account keeps besides mail, and octets that were uploaded and that no email
-- may ever have.

CREATE TABLE object (
    account INTEGER NOT NULL,  -- whose it is
    kind TEXT NOT NULL,        -- by its name in JMAP
    id INTEGER NOT NULL,       -- drawn from the account
    created INTEGER NOT NULL,  -- the change that made it
    modseq INTEGER NOT NULL,   -- the change that last touched it
    value TEXT,                -- JSON; NULL: it is gone
    gone INTEGER,              -- since when, in ms; NULL: it is there
    PRIMARY KEY (account, kind, id)
) STRICT;

CREATE INDEX object_modseq ON object (account, kind, modseq);
CREATE INDEX object_gone ON object (gone) WHERE gone IS NOT NULL;

CREATE TABLE object_kind (
    account INTEGER NOT NULL,  -- whose objects they are
    kind TEXT NOT NULL,        -- by its name in JMAP
    modseq INTEGER NOT NULL,   -- the last change of any of them
    floor INTEGER NOT NULL,    -- what went at or before this may be forgotten
    held INTEGER NOT NULL,     -- maintained: how many there are
    octets INTEGER NOT NULL,   -- maintained: how long they are together
    PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;

-- Until when an upload stays without an email, in ms; NULL: it was none, or had to go.
ALTER TABLE content ADD COLUMN kept_until INTEGER;

CREATE INDEX content_uploaded ON content (account, kept_until, size)
    WHERE kept_until IS NOT NULL AND refs = 0;

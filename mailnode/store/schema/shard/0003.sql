-- Header fields as clients ask for them, found once and kept: learnt for each
-- mailbox and set of fields, for stretches of 64 UIDs.  All of it can be found again
-- in the mail.

CREATE TABLE field_set (
    account INTEGER NOT NULL,  -- whose it is
    mailbox INTEGER NOT NULL,  -- where it was asked for
    id INTEGER NOT NULL,       -- of the account, from 1
    names TEXT NOT NULL,       -- of the fields: lower case, in order, a space between
    asked INTEGER NOT NULL,    -- when it was last asked for, to the day, in ms
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX field_set_names ON field_set (account, mailbox, names);
CREATE INDEX field_set_asked ON field_set (asked);

CREATE TABLE field_block (
    account INTEGER NOT NULL,  -- whose it is
    fields INTEGER NOT NULL,   -- which set of fields, and so which mailbox
    block INTEGER NOT NULL,    -- which messages: their UIDs divided by 64
    data BLOB NOT NULL,        -- 64 sizes, 32 bits each, little-endian; then the fields
    PRIMARY KEY (account, fields, block)
) STRICT;

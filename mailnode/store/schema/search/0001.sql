-- The words of the mail of a shard, to find them faster.  All of it can be made
-- again from the shard: whoever removes this file loses nothing but time.
-- The id of an email is here its account times 2^40 plus its own.

CREATE TABLE progress (
    account INTEGER NOT NULL,   -- somebody who searches
    upto INTEGER NOT NULL,      -- the last email that is indexed; all before it are
    swept_at INTEGER NOT NULL,  -- when emails that had gone were last removed, in ms
    PRIMARY KEY (account)
) STRICT;

CREATE TABLE words (
    id INTEGER NOT NULL,  -- which email
    header TEXT,          -- its header, decoded and folded; NULL: too much to keep
    body TEXT,            -- its texts and the headers of messages inside, the same
    more TEXT,            -- the headers of its other parts, the same
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX words_missing ON words (id) WHERE header IS NULL;

CREATE VIRTUAL TABLE trigram USING fts5 (
    text, content = '', contentless_delete = 1, detail = none,
    tokenize = 'trigram case_sensitive 1');

-- The day a message says it was sent, for SENTON and its like, and one index less:
-- what changed in a mailbox is found by walking it, which is asked seldom, and so
-- a change of flags costs a third.  sent_day() is ours (mailnode.store.migrate).

ALTER TABLE email ADD COLUMN sent_day INTEGER;  -- as written there, in days, or NULL

UPDATE email SET sent_day = sent_day(envelope);

DROP INDEX message_modseq;

CREATE INDEX email_sent_day ON email (account, id, sent_day);

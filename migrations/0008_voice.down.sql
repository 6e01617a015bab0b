UPDATE roles SET permissions = permissions & ~(1 << 9 | 1 << 20 | 1 << 21 | 1 << 22 | 1 << 23 | 1 << 24)::bigint;
UPDATE overwrites SET allow = allow & ~(1 << 9 | 1 << 20 | 1 << 21 | 1 << 22 | 1 << 23 | 1 << 24)::bigint,
    deny = deny & ~(1 << 9 | 1 << 20 | 1 << 21 | 1 << 22 | 1 << 23 | 1 << 24)::bigint;
UPDATE guilds SET access_version = access_version + 1;
DROP TABLE voice_webhooks;
DROP TABLE voice_restraints;
DROP TABLE voice_states;
-- A version that knows no voice channels cannot show them; what was written in them stays.
UPDATE channels SET kind = 0 WHERE kind = 3;
ALTER TABLE channels DROP COLUMN user_limit;

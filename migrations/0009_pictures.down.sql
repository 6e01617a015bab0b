ALTER TABLE guilds DROP COLUMN icon_id;
ALTER TABLE users DROP COLUMN avatar_id;
-- Nobody shows them any more: their objects are removed as those of any file.
UPDATE files SET state = 3, purge_at = created_at WHERE purpose IN (1, 2);

DROP INDEX blocks_blocked;
ALTER TABLE users
    DROP COLUMN presence_status,
    DROP COLUMN custom_status,
    DROP COLUMN custom_status_expires_at;

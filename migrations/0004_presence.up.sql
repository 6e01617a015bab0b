-- How somebody wants to be seen, on all of their devices.
ALTER TABLE users
    ADD COLUMN presence_status smallint NOT NULL DEFAULT 0,     -- 0 online, 1 idle, 2 do not disturb, 3 invisible
    ADD COLUMN custom_status text,
    ADD COLUMN custom_status_expires_at timestamptz,            -- from then on custom_status does not count
    ADD CHECK (custom_status IS NOT NULL OR custom_status_expires_at IS NULL);
-- Who has blocked somebody: neither of the two sees the other come and go.
CREATE INDEX blocks_blocked ON blocks (blocked_id);

-- Devices that somebody logged in from before: guesses of others do not keep them out. Kept as SHA-256 only; a token gives no
-- rights and may stand for several accounts of one device.
CREATE TABLE devices (
    token_hash   bytea NOT NULL,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (token_hash, user_id)
);
CREATE INDEX devices_user ON devices (user_id, last_used_at);
CREATE INDEX devices_last_used ON devices (last_used_at);

-- Invites are counted by who made them, and end with their membership: also those of people who left before that was so.
CREATE INDEX invites_creator ON invites (guild_id, creator_id) WHERE revoked_at IS NULL;
UPDATE invites SET revoked_at = created_at
WHERE revoked_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM members WHERE members.guild_id = invites.guild_id AND members.user_id = invites.creator_id
);

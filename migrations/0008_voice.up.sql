-- Voice channels. `channels.kind` 3 is one.
ALTER TABLE channels ADD COLUMN user_limit integer CHECK (user_limit BETWEEN 1 AND 99);

-- Who is in a voice channel: one connection per person. A row begins when a token is given (`joined_at` is null, nobody is
-- told) and counts once the media server has seen the participant; it follows what that server says, never a client.
CREATE TABLE voice_states (
    user_id       uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    guild_id      uuid NOT NULL REFERENCES guilds ON DELETE CASCADE,
    channel_id    uuid NOT NULL REFERENCES channels ON DELETE CASCADE,
    connection_id uuid NOT NULL UNIQUE,                 -- new with each token; the participant's identity names it
    -- No reference: a session that is purged ends the connection with its event, not silently.
    session_id    uuid NOT NULL,
    participant   text,                                 -- the media server's own id, new with each of its connections
    self_mute     boolean NOT NULL,
    self_deaf     boolean NOT NULL,
    suppress      boolean NOT NULL,                     -- may not speak, when last decided
    asked_at      timestamptz NOT NULL,                 -- when the token was given, or they were moved
    joined_at     timestamptz
);
CREATE INDEX voice_states_guild ON voice_states (guild_id);
CREATE INDEX voice_states_channel ON voice_states (channel_id);
CREATE INDEX voice_states_session ON voice_states (session_id);

-- What moderators have put on members in a guild's voice channels. It outlasts the connection and the membership.
CREATE TABLE voice_restraints (
    guild_id uuid NOT NULL REFERENCES guilds ON DELETE CASCADE,
    user_id  uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    mute     boolean NOT NULL,
    deaf     boolean NOT NULL,
    PRIMARY KEY (guild_id, user_id),
    CHECK (mute OR deaf)
);

-- What the media server has told already, so that it is not taken twice. Kept for longer than its signature is good.
CREATE TABLE voice_webhooks (
    id          text PRIMARY KEY,
    received_at timestamptz NOT NULL
);
CREATE INDEX voice_webhooks_age ON voice_webhooks (received_at);

-- What everyone may do in a new guild, everyone may do in those that are there: STREAM, CONNECT and SPEAK.
UPDATE roles SET permissions = permissions | (1 << 9 | 1 << 20 | 1 << 21)::bigint WHERE id = guild_id;
UPDATE guilds SET access_version = access_version + 1;

-- The core of Kith. Times are set by the services' clock, never by the database's, so no column defaults to now().
-- Ids are ULIDs in their 16 bytes. `origin` 0 is this instance, the only meaning of «local»; a row of another
-- instance keeps that instance's own id in `remote_id`, and always has a local id minted here.

CREATE TABLE instances (
    id          integer PRIMARY KEY,
    domain      text NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL
);
INSERT INTO instances (id, domain, created_at) VALUES (0, 'this instance', 'epoch');

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    origin        integer NOT NULL DEFAULT 0 REFERENCES instances,
    remote_id     text,
    kind          smallint NOT NULL DEFAULT 0,          -- 0 human, 1 bot, 2 deleted
    username      text NOT NULL,
    display_name  text NOT NULL,
    password_hash text,                                 -- Argon2id in PHC form; none for bots and remote accounts
    instance_admin boolean NOT NULL DEFAULT false,      -- may use what concerns the instance; no rights in guilds
    unlimited     boolean NOT NULL DEFAULT false,       -- rate limits do not apply (load generators, bridges)
    rev           bigint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    deleted_at    timestamptz,
    CHECK ((origin = 0) = (remote_id IS NULL))
);
CREATE UNIQUE INDEX users_username ON users (origin, lower(username));
CREATE UNIQUE INDEX users_remote ON users (origin, remote_id) WHERE origin <> 0;

-- A log-in. Both tokens are kept as SHA-256 only. A used refresh token stays until it would have expired:
-- who shows it again has stolen it, or was stolen from, and the session ends.
CREATE TABLE sessions (
    id                uuid PRIMARY KEY,
    user_id           uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    access_hash       bytea NOT NULL UNIQUE,
    access_expires_at timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    user_agent        text,
    created_at        timestamptz NOT NULL,
    last_used_at      timestamptz NOT NULL,
    revoked_at        timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id) WHERE revoked_at IS NULL;

CREATE TABLE refresh_tokens (
    hash        bytea PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE blocks (
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    blocked_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, blocked_id),
    CHECK (user_id <> blocked_id)
);

CREATE TABLE guilds (
    id             uuid PRIMARY KEY,
    origin         integer NOT NULL DEFAULT 0 REFERENCES instances,
    remote_id      text,
    name           text NOT NULL,
    owner_id       uuid NOT NULL REFERENCES users,
    access_version bigint NOT NULL DEFAULT 1,           -- raised by every transaction that changes who may do what
    rev            bigint NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL,
    deleted_at     timestamptz,
    CHECK ((origin = 0) = (remote_id IS NULL))
);
CREATE UNIQUE INDEX guilds_remote ON guilds (origin, remote_id) WHERE origin <> 0;

CREATE TABLE roles (
    id          uuid PRIMARY KEY,                       -- the everyone role has its guild's id
    guild_id    uuid NOT NULL REFERENCES guilds ON DELETE CASCADE,
    name        text NOT NULL,
    color       integer,
    position    integer NOT NULL,
    permissions bigint NOT NULL,
    hoist       boolean NOT NULL DEFAULT false,
    mentionable boolean NOT NULL DEFAULT false,
    UNIQUE (guild_id, position) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE members (
    guild_id        uuid NOT NULL REFERENCES guilds ON DELETE CASCADE,
    user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    nick            text,
    role_ids        uuid[] NOT NULL DEFAULT '{}',       -- without the everyone role
    joined_at       timestamptz NOT NULL,
    timed_out_until timestamptz,
    PRIMARY KEY (guild_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE bans (
    guild_id   uuid NOT NULL REFERENCES guilds ON DELETE CASCADE,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    reason     text,
    created_by uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (guild_id, user_id)
);

CREATE TABLE invites (
    code       text PRIMARY KEY,
    guild_id   uuid NOT NULL REFERENCES guilds ON DELETE CASCADE,
    creator_id uuid NOT NULL REFERENCES users,
    max_uses   integer,
    uses       integer NOT NULL DEFAULT 0,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CHECK (max_uses IS NULL OR uses <= max_uses)
);
CREATE INDEX invites_guild ON invites (guild_id);

CREATE TABLE channels (
    id           uuid PRIMARY KEY,
    origin       integer NOT NULL DEFAULT 0 REFERENCES instances,
    remote_id    text,
    guild_id     uuid REFERENCES guilds ON DELETE CASCADE,
    kind         smallint NOT NULL,                     -- 0 text, 1 direct, 2 category
    name         text NOT NULL DEFAULT '',
    topic        text NOT NULL DEFAULT '',
    position     integer NOT NULL DEFAULT 0,
    parent_id    uuid REFERENCES channels,              -- the category; later also a thread's channel
    last_seq     bigint NOT NULL DEFAULT 0,             -- of messages: contiguous, taken under this row's lock
    last_message_id uuid,
    rev          bigint NOT NULL DEFAULT 0,             -- of events: contiguous, taken under this row's lock
    created_at   timestamptz NOT NULL,
    deleted_at   timestamptz,
    CHECK ((origin = 0) = (remote_id IS NULL)),
    CHECK ((kind = 1) = (guild_id IS NULL))
);
CREATE INDEX channels_guild ON channels (guild_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX channels_remote ON channels (origin, remote_id) WHERE origin <> 0;

-- The two people of a direct message, the smaller id first, so that two who open it at once get the same one.
CREATE TABLE direct_channels (
    channel_id uuid PRIMARY KEY REFERENCES channels ON DELETE CASCADE,
    user_a     uuid NOT NULL REFERENCES users,
    user_b     uuid NOT NULL REFERENCES users,
    UNIQUE (user_a, user_b),
    CHECK (user_a < user_b)
);
CREATE INDEX direct_channels_b ON direct_channels (user_b);

CREATE TABLE overwrites (
    channel_id  uuid NOT NULL REFERENCES channels ON DELETE CASCADE,
    target_id   uuid NOT NULL,
    target_kind smallint NOT NULL,                      -- 0 role, 1 member
    allow       bigint NOT NULL,
    deny        bigint NOT NULL,
    PRIMARY KEY (channel_id, target_id)
);

CREATE TABLE messages (
    id               uuid PRIMARY KEY,
    -- No reference: every post would lock the one row of this instance, and they would queue there.
    origin           integer NOT NULL DEFAULT 0,
    remote_id        text,
    channel_id       uuid NOT NULL REFERENCES channels ON DELETE CASCADE,
    seq              bigint NOT NULL,
    kind             smallint NOT NULL DEFAULT 0,       -- 0 text
    flags            integer NOT NULL DEFAULT 0,
    author_id        uuid NOT NULL REFERENCES users,
    author_kind      smallint NOT NULL DEFAULT 0,       -- 0 human, 1 bot, 2 webhook, 3 remote, 4 bridged
    body             text,                              -- none once deleted, or when enciphered
    cipher           bytea,
    mentions         uuid[] NOT NULL DEFAULT '{}',
    mention_roles    uuid[] NOT NULL DEFAULT '{}',
    mention_everyone boolean NOT NULL DEFAULT false,
    created_at       timestamptz NOT NULL,
    edited_at        timestamptz,
    deleted_at       timestamptz,
    UNIQUE (channel_id, seq),
    CHECK ((origin = 0) = (remote_id IS NULL)),
    CHECK (body IS NULL OR cipher IS NULL)
);
CREATE UNIQUE INDEX messages_remote ON messages (origin, remote_id) WHERE origin <> 0;
CREATE INDEX messages_everyone ON messages (channel_id, seq) WHERE mention_everyone;

-- Who was mentioned, so that unread mentions are counted without reading messages.
CREATE TABLE mentions (
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    channel_id uuid NOT NULL REFERENCES channels ON DELETE CASCADE,
    seq        bigint NOT NULL,
    PRIMARY KEY (user_id, channel_id, seq)
);

CREATE TABLE read_states (
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    channel_id uuid NOT NULL REFERENCES channels ON DELETE CASCADE,
    read_seq   bigint NOT NULL,
    PRIMARY KEY (user_id, channel_id)
);

-- A client's own name for a post; purged after a day.
CREATE TABLE message_nonces (
    author_id  uuid NOT NULL,
    channel_id uuid NOT NULL,
    nonce      text NOT NULL,
    message_id uuid NOT NULL,
    body_hash  bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (author_id, channel_id, nonce)
);
CREATE INDEX message_nonces_age ON message_nonces (created_at);

CREATE TABLE audit_log (
    id         uuid PRIMARY KEY,
    guild_id   uuid NOT NULL REFERENCES guilds ON DELETE CASCADE,
    actor_id   uuid NOT NULL REFERENCES users,
    action     text NOT NULL,
    target_id  uuid,
    changes    jsonb NOT NULL DEFAULT '{}',
    reason     text,
    created_at timestamptz NOT NULL
);
CREATE INDEX audit_log_guild ON audit_log (guild_id, id DESC);

-- Every durable event, written in the transaction that it tells of. `stream_seq` is set once the stream has
-- acknowledged it; the row stays ten minutes longer, in case the stream comes back with less than it acknowledged.
-- `payload` holds placeholders for rev and seq, which are columns here (see kith-events).
CREATE TABLE outbox (
    event_id       uuid NOT NULL,
    aggregate_id   uuid NOT NULL,
    rev            bigint NOT NULL,
    seq            bigint,
    access_version bigint,
    recipients     uuid[] NOT NULL DEFAULT '{}',
    subject        text NOT NULL,                       -- without the namespace
    payload        text NOT NULL,
    traceparent    text,
    writer         smallint NOT NULL,                   -- the worker that means to publish it, -1 if the relay is to
    created_at     timestamptz NOT NULL,
    stream_seq     bigint,
    settled_at     timestamptz,
    PRIMARY KEY (aggregate_id, rev)
);
CREATE INDEX outbox_unsettled ON outbox (aggregate_id, rev) WHERE stream_seq IS NULL;
CREATE INDEX outbox_settled ON outbox (stream_seq) WHERE stream_seq IS NOT NULL;

-- The stream that the settled rows' sequences belong to; the epoch is raised when it has lost something.
CREATE TABLE stream_state (
    id         smallint PRIMARY KEY CHECK (id = 0),
    epoch      bigint NOT NULL,
    created_at timestamptz                              -- of the stream, as its server says
);
INSERT INTO stream_state (id, epoch) VALUES (0, 1);

-- Who may do what only one process may do at a time. A holder that does not renew in time has lost it.
CREATE TABLE leases (
    name       text PRIMARY KEY,
    holder     uuid NOT NULL,
    expires_at timestamptz NOT NULL
);

-- The worker numbers of id generators.
CREATE TABLE workers (
    id         smallint PRIMARY KEY CHECK (id BETWEEN 0 AND 991),
    holder     uuid NOT NULL,
    expires_at timestamptz NOT NULL
);

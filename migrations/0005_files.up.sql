-- Files that people send: attachments, avatars, guild icons. A row is there before the first byte is, and goes after the
-- last object has: so nothing can be left behind in the object store that nobody knows of.
CREATE TABLE files (
    id           uuid PRIMARY KEY,                      -- also names its objects
    purpose      smallint NOT NULL,                     -- 0 attachment, 1 avatar, 2 guild icon
    uploader_id  uuid NOT NULL REFERENCES users,
    -- No references: a row outlives what it was for, until its objects are removed.
    channel_id   uuid,                                  -- of an attachment: the only channel that it can be posted in
    message_id   uuid,                                  -- once it is attached
    position     smallint NOT NULL DEFAULT 0,           -- among the attachments of its message
    filename     text NOT NULL,
    content_type text NOT NULL DEFAULT 'application/octet-stream',
    size         bigint NOT NULL DEFAULT 0,
    sha256       bytea,
    width        integer,
    height       integer,
    thumbhash    bytea,
    state        smallint NOT NULL DEFAULT 0,           -- 0 being sent, 1 an image that waits to be worked on, 2 ready, 3 gone
    failure      text,                                  -- why an image could not be worked on; it is served as a mere file then
    created_at   timestamptz NOT NULL,
    purge_at     timestamptz,                           -- when its objects are removed; none while something shows it
    CHECK ((purpose = 0) = (channel_id IS NOT NULL)),
    CHECK (state = 0 OR sha256 IS NOT NULL OR state = 3)
);
CREATE INDEX files_message ON files (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX files_purge ON files (purge_at) WHERE purge_at IS NOT NULL;
CREATE INDEX files_waiting ON files (created_at) WHERE state = 1;
CREATE INDEX files_kept ON files (channel_id) WHERE purge_at IS NULL;

-- Everybody may send files from now on (ATTACH_FILES), as in guilds made from now on.
UPDATE roles SET permissions = permissions | 32768 WHERE id = guild_id;

-- A file as messages show it.
CREATE FUNCTION attachment(files) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('id', $1.id, 'filename', $1.filename, 'content_type', $1.content_type, 'size', $1.size,
        'ready', $1.state = 2, 'width', $1.width, 'height', $1.height, 'thumbhash', encode($1.thumbhash, 'base64'))
$$;

-- The attachments of a message, in their order.
CREATE FUNCTION attachments_of(uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(attachment(files) ORDER BY position), '[]') FROM files
    WHERE message_id = $1 AND state IN (1, 2)
$$;

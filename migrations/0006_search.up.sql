-- The index of the search service. All of it can be made again from `messages` (`kith admin reindex`).
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- One row per message that can be found. It holds no more than what finding needs: what is shown comes from `messages`, so
-- a row that lags behind can never show what was deleted. No reference to it either: each indexed message would be locked.
CREATE TABLE search_documents (
    message_id uuid PRIMARY KEY,                        -- ids begin with the time: their order is newest first
    channel_id uuid NOT NULL,
    guild_id   uuid,                                    -- none for a direct message
    author_id  uuid NOT NULL,
    marks      text[] NOT NULL,                         -- what filters ask for: `link`, `@` and a mentioned user's id
    folded     text NOT NULL,                           -- words without case and accents, for parts of words
    words      tsvector NOT NULL                        -- whole words with their places, and their stems without
);
CREATE INDEX search_documents_guild ON search_documents (guild_id, message_id);
CREATE INDEX search_documents_channel ON search_documents (channel_id, message_id);
CREATE INDEX search_documents_author ON search_documents (author_id, message_id);
-- Every search reads what waits to be merged into these: half a megabyte is read in no time.
CREATE INDEX search_documents_marks ON search_documents USING gin (marks) WITH (gin_pending_list_limit = 512);
CREATE INDEX search_documents_words ON search_documents USING gin (words) WITH (gin_pending_list_limit = 512);
CREATE INDEX search_documents_folded ON search_documents USING gin (folded gin_trgm_ops) WITH (gin_pending_list_limit = 512);

-- How the index stands to its sources.
CREATE TABLE search_state (
    id              smallint PRIMARY KEY CHECK (id = 0),
    follower_created timestamptz,                       -- the follower of the stream; another one knows nothing of before
    rebuild_after   uuid,                               -- a rebuild has come past this message …
    rebuild_through uuid                                -- … and ends with this one; none when nothing is to be rebuilt
);
INSERT INTO search_state (id) VALUES (0);

-- Events that could not be indexed however often it was tried. A rebuild tries once more.
CREATE TABLE search_parked (
    message_id uuid PRIMARY KEY,
    problem    text NOT NULL,
    parked_at  timestamptz NOT NULL
);

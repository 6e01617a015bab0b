-- How many bytes of files are kept for each account, and for all. A trigger counts, so that whatever changes a file's size
-- changes this in the same transaction, and two uploads at once cannot both take what is left.
CREATE TABLE stored_bytes (
    account_id uuid PRIMARY KEY,                        -- no reference: nil is all accounts together
    bytes      bigint NOT NULL
);
INSERT INTO stored_bytes (account_id, bytes)
SELECT coalesce(uploader_id, '00000000-0000-0000-0000-000000000000'), coalesce(sum(size), 0) FROM files
GROUP BY GROUPING SETS ((uploader_id), ());

-- The row of all accounts is locked first, by everybody, so that nobody waits in a circle.
CREATE FUNCTION count_stored_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change  bigint := coalesce(NEW.size, 0) - coalesce(OLD.size, 0);
    account uuid := coalesce(NEW.uploader_id, OLD.uploader_id);
BEGIN
    IF change <> 0 THEN
        INSERT INTO stored_bytes (account_id, bytes) VALUES ('00000000-0000-0000-0000-000000000000', change)
        ON CONFLICT (account_id) DO UPDATE SET bytes = stored_bytes.bytes + excluded.bytes;
        INSERT INTO stored_bytes (account_id, bytes) VALUES (account, change)
        ON CONFLICT (account_id) DO UPDATE SET bytes = stored_bytes.bytes + excluded.bytes;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER files_count_stored_bytes AFTER INSERT OR DELETE OR UPDATE OF size ON files
    FOR EACH ROW EXECUTE FUNCTION count_stored_bytes();

-- What waits of one account, the oldest first.
CREATE INDEX files_waiting_of ON files (uploader_id, created_at) WHERE state = 1;

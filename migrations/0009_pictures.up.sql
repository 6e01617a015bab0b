-- Pictures of people and guilds: files of purpose 1 and 2, each named here while it is shown. A new picture is a new file,
-- so an id always means the same bytes. No references: a file's row goes when its objects are removed, after it was named last.
ALTER TABLE users ADD COLUMN avatar_id uuid;
ALTER TABLE guilds ADD COLUMN icon_id uuid;

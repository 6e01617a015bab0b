DROP FUNCTION attachments_of(uuid);
DROP FUNCTION attachment(files);
UPDATE roles SET permissions = permissions & ~32768::bigint;
UPDATE overwrites SET allow = allow & ~32768::bigint, deny = deny & ~32768::bigint;
DROP TABLE files;

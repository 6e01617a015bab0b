DROP INDEX files_waiting_of;
DROP TRIGGER files_count_stored_bytes ON files;
DROP FUNCTION count_stored_bytes();
DROP TABLE stored_bytes;

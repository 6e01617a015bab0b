DROP TABLE instance_audit_log;
DROP TABLE peer_rules;
DROP TABLE federation_nonces;
DROP TABLE instance_keys;
DROP INDEX instances_retry;
ALTER TABLE instances ALTER COLUMN id DROP IDENTITY;
ALTER TABLE instances
    DROP COLUMN standing,
    DROP COLUMN reason,
    DROP COLUMN software,
    DROP COLUMN version,
    DROP COLUMN features,
    DROP COLUMN discovered_at,
    DROP COLUMN greeted_at,
    DROP COLUMN failures,
    DROP COLUMN last_error,
    DROP COLUMN retry_at;

-- What expires is purged twice a minute; without these each purge reads all log-ins of the instance.
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

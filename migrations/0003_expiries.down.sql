DROP INDEX refresh_tokens_expiry;
DROP INDEX sessions_expiry;

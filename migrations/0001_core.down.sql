DROP TABLE workers, leases, stream_state, outbox, audit_log, message_nonces, read_states, mentions, messages,
    overwrites, direct_channels, channels, invites, bans, members, roles, guilds, blocks, refresh_tokens, sessions,
    users, instances;

-- A time-out outlasts the membership: leaving and coming back does not end it. A row lives from the leaving until
-- the return, or until the time-out has ended.
CREATE TABLE kept_time_outs (
    guild_id        uuid NOT NULL REFERENCES guilds ON DELETE CASCADE,
    user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    timed_out_until timestamptz NOT NULL,
    PRIMARY KEY (guild_id, user_id)
);

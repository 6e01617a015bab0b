#!/bin/bash
# Runs once, when the database is made: Kith's own role, which owns its database and nothing else.
set -euo pipefail

psql --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres --set=password="$(cat /run/secrets/postgres_password)" <<'SQL'
CREATE ROLE kith LOGIN PASSWORD :'password';
CREATE DATABASE kith OWNER kith;
SQL

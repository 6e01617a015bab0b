#!/bin/sh
# Makes the passwords and keys of a compose installation, once, in deploy/secrets/. What exists is kept.
set -eu

folder="$(cd "$(dirname "$0")" && pwd)/secrets"
mkdir -p "$folder"
# Others cannot enter the folder; the files themselves are readable, since each container has a user of its own.
chmod 700 "$folder"

random() {
    head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'
}

keep() {
    [ -e "$folder/$1" ] || printf '%s' "$2" > "$folder/$1"
    chmod 444 "$folder/$1"
}

keep session_key "$(random 32)"
# A password begins with a letter: some of the readers would take it for a number otherwise.
keep postgres_superuser_password "p$(random 20)"
keep postgres_password "p$(random 20)"
keep postgres_url "postgres://kith:$(cat "$folder/postgres_password")@postgres:5432/kith"
keep nats_api_password "p$(random 20)"
keep nats_gateway_password "p$(random 20)"
keep nats_presence_password "p$(random 20)"
keep nats_media_password "p$(random 20)"
keep nats_search_password "p$(random 20)"
keep nats_federation_password "p$(random 20)"
keep nats_ops_password "p$(random 20)"
keep livekit_secret "p$(random 32)"
# What this instance signs with. Whoever has it can speak for the instance.
keep federation_keys "$(random 32)"
keep dragonfly_flags "--requirepass=p$(random 20)"
keep cache_url "redis://:$(sed 's/.*=//' "$folder/dragonfly_flags")@dragonfly:6379/0"

keep objects_secret_key "$(random 32)"
# Read by compose itself, for an image that takes them from the environment only.
if [ ! -e "$folder/garage_environment" ]; then
    printf 'GARAGE_RPC_SECRET=%s\nGARAGE_DEFAULT_SECRET_KEY=%s\n' "$(random 32)" \
        "$(cat "$folder/objects_secret_key")" > "$folder/garage_environment"
    chmod 400 "$folder/garage_environment"
fi

echo "secrets are in $folder: keep a copy of that folder in a safe place"

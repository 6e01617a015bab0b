#!/bin/sh
# Hands the passwords from the secret files to nats.conf, which can read the environment only.
set -eu

KITH_API_NATS_PASSWORD="$(cat /run/secrets/nats_api_password)"
KITH_GATEWAY_NATS_PASSWORD="$(cat /run/secrets/nats_gateway_password)"
KITH_PRESENCE_NATS_PASSWORD="$(cat /run/secrets/nats_presence_password)"
KITH_MEDIA_NATS_PASSWORD="$(cat /run/secrets/nats_media_password)"
KITH_SEARCH_NATS_PASSWORD="$(cat /run/secrets/nats_search_password)"
KITH_FEDERATION_NATS_PASSWORD="$(cat /run/secrets/nats_federation_password)"
KITH_OPS_NATS_PASSWORD="$(cat /run/secrets/nats_ops_password)"
export KITH_API_NATS_PASSWORD KITH_GATEWAY_NATS_PASSWORD KITH_PRESENCE_NATS_PASSWORD KITH_MEDIA_NATS_PASSWORD KITH_SEARCH_NATS_PASSWORD KITH_FEDERATION_NATS_PASSWORD KITH_OPS_NATS_PASSWORD

# Before the roles had accounts of their own, the streams were in the server's global one. They belong to KITH now.
if [ -d '/data/jetstream/$G' ] && [ ! -d /data/jetstream/KITH ]; then
  mv '/data/jetstream/$G' /data/jetstream/KITH
fi

exec nats-server "$@"

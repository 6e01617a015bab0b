#!/bin/sh
# LiveKit's configuration holds its secret, and that lies in a file.
set -eu
LIVEKIT_CONFIG="
port: 7880
rtc: { tcp_port: 7881, udp_port: 7882, use_external_ip: true }
room: { auto_create: false }
keys: { kith: $(cat /run/secrets/livekit_secret) }
webhook: { api_key: kith, urls: ['http://media:8082/livekit/webhook'] }
"
export LIVEKIT_CONFIG
exec /livekit-server

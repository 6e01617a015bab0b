//! What is tried.

use serde_json::{Value, json};

use super::{MARK, ROLES};

/// Every question that JetStream and the server know, about everything that there is.
pub(super) fn powers() -> Vec<String> {
    let mut all: Vec<String> = [
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.LIST",
        "$JS.API.META.LEADER.STEPDOWN",
        "$JS.API.SERVER.REMOVE",
        "$JS.API.ACCOUNT.PURGE.KITH",
        "$JS.API.STREAM.CREATE.OTHER",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.ACCOUNT.PING.CONNZ",
        "$SYS.ACCOUNT.KITH.CONNECT",
        "$KV.bucket.key",
        "$O.store.C.x",
        "$JS.API.DIRECT.GET.KITH_JOBS",
    ]
    .map(str::to_owned)
    .into();
    for stream in ["KITH_EVENTS", "KITH_JOBS"] {
        for verb in [
            "CREATE",
            "UPDATE",
            "DELETE",
            "PURGE",
            "SNAPSHOT",
            "RESTORE",
            "MSG.DELETE",
            "MSG.GET",
            "LEADER.STEPDOWN",
            "PEER.REMOVE",
        ] {
            all.push(format!("$JS.API.STREAM.{verb}.{stream}"));
        }
        for verb in ["CREATE", "LIST", "NAMES"] {
            all.push(format!("$JS.API.CONSUMER.{verb}.{stream}"));
        }
        for consumer in ["search", "media_voice", "images", "other"] {
            for verb in [
                "CREATE",
                "DURABLE.CREATE",
                "DELETE",
                "PAUSE",
                "UNPIN",
                "RESET",
                "LEADER.STEPDOWN",
                "INFO",
                "MSG.NEXT",
            ] {
                all.push(format!("$JS.API.CONSUMER.{verb}.{stream}.{consumer}"));
            }
            all.push(format!(
                "$JS.API.CONSUMER.CREATE.{stream}.{consumer}.kith.evt.v1.>"
            ));
            all.push(format!("$JS.ACK.{stream}.{consumer}.1.1.1.1.0"));
        }
    }
    all
}

/// A body for any of them: it would have events republished as others, other streams copied, or consumers delivered to a subject.
pub(super) fn body(power: &str) -> Value {
    let stream = power.split('.').find(|token| token.starts_with("KITH_"));
    let stream = stream.unwrap_or("OTHER");
    if power.contains("CONSUMER") {
        let name = power.split('.').nth(5).unwrap_or("other");
        return json!({"stream_name": stream, "batch": 1, "config": {
            "name": name, "durable_name": name, "ack_policy": "none",
            "deliver_subject": format!("kith.evt.v1.guild.{MARK}.by_consumer"),
        }});
    }
    json!({
        "name": stream, "subjects": [format!("kith.other.{MARK}")], "storage": "memory", "retention": "limits",
        "republish": {"src": ">", "dest": format!("kith.evt.v1.guild.{MARK}.by_stream")},
        "sources": [{"name": "KITH_JOBS"}], "seq": 1, "last_by_subj": ">", "deliver_subject": format!("_INBOX_api.{MARK}"),
    })
}

/// Where it would do harm: the stream of events, work that is to be done, what gateways hear, and others' answers.
pub(super) fn victims(mark: &str) -> Vec<String> {
    let places = [
        "kith.evt.v1.guild.x",
        "kith.job.v1",
        "kith.ing.v1",
        "kith.eph.v1.guild.x",
        "kith.eph.v1.user.x",
        "kith.rpc.v1",
        "kith.ctl.v1",
        "_R_",
    ];
    let inboxes = ROLES.map(|role| format!("_INBOX_{role}"));
    let places = places.into_iter().map(str::to_owned).chain(inboxes);
    places.map(|place| format!("{place}.{mark}")).collect()
}

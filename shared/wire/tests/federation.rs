//! What instances say to each other, in every form that ever shipped: an older or a newer instance reads it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use kith_wire::{InstanceDocument, PeerHello, PeerWelcome, RemoteProfile};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The file is read, and written as it stands there; what a newer version adds is tolerated.
#[track_caller]
fn kept<T: Serialize + DeserializeOwned>(golden: &str) {
    let shipped: Value = serde_json::from_str(golden).unwrap();
    let read: T = serde_json::from_value(shipped.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), shipped);
    let mut newer = shipped;
    newer["from a newer version"] = json!({"a": 1});
    serde_json::from_value::<T>(newer).unwrap();
}

#[test]
fn every_form_that_shipped_stays_readable_and_tolerates_more() {
    kept::<InstanceDocument>(include_str!("../golden/federation/document.json"));
    kept::<PeerHello>(include_str!("../golden/federation/hello.json"));
    kept::<PeerWelcome>(include_str!("../golden/federation/welcome.json"));
    kept::<RemoteProfile>(include_str!("../golden/federation/profile.json"));
}

#[test]
fn what_another_instance_sends_is_checked_like_what_people_send() {
    let golden = include_str!("../golden/federation/profile.json");
    let broken: &[(&str, Value)] = &[
        ("id", json!("not an id")),
        ("home", json!("127.0.0.1")),
        ("home", json!("two.test:443")),
        ("username", json!("Bob the Builder")),
        ("display_name", json!("\u{200b}")),
        ("display_name", json!("x".repeat(33))),
        ("kind", json!("god")),
    ];
    for (field, value) in broken {
        let mut profile: Value = serde_json::from_str(golden).unwrap();
        profile[field] = value.clone();
        assert!(
            serde_json::from_value::<RemoteProfile>(profile).is_err(),
            "{field} {value}"
        );
    }
}

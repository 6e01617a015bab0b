use bytes::Bytes;
use ed25519_dalek::SigningKey;
use http::{Method, Request};
use kith_policy::PeerStanding;
use kith_store::accounts::{self, NewAccount};
use kith_store::peers::{self, Note};
use kith_types::{UserId, Username};
use kith_wire::InstanceAuditAction;
use serde_json::{Value, json};

use crate::{HERE, Signing, THERE, World, domain, hello, now};

async fn account(world: &World, name: &str) -> UserId {
    let id = world.store.mint().unwrap();
    let account = NewAccount {
        id,
        username: &Username::parse(name).unwrap(),
        display_name: None,
        password_hash: "none",
        at: now(),
    };
    accounts::create(&world.store, &account)
        .await
        .unwrap()
        .unwrap();
    id
}

#[tokio::test]
async fn a_hello_is_answered_once_with_what_both_can_do() {
    let world = World::start().await;
    let request = Signing::default().hello();
    let welcome = world.send(&request).await;
    let welcome = welcome.expect(200);
    assert_eq!(
        (welcome["domain"].as_str(), welcome["version"].as_i64()),
        (Some(HERE), Some(1))
    );
    assert_eq!(welcome["features"], json!(["profiles"]));
    let peer = peers::find(&world.store, &domain(THERE))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(peer.greeting.unwrap().software, "other 9");
    // The same again is a replay, however good its signature; a new signature is none.
    world
        .send(&request)
        .await
        .expect_error(401, "SIGNATURE_REPLAYED");
    world.send(&Signing::default().hello()).await.expect(200);
}

#[tokio::test]
async fn of_the_same_request_twice_at_once_one_is_a_replay() {
    let world = World::start().await;
    for _ in 0..5 {
        let request = Signing::default().hello();
        let (one, other) = tokio::join!(world.send(&request), world.send(&request));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401], "{}", world.name());
    }
}

#[tokio::test]
async fn what_is_not_signed_as_it_must_be_is_refused() {
    let world = World::start().await;
    let mut bare = Signing::default().hello();
    bare.headers_mut().remove("signature");
    world
        .send(&bare)
        .await
        .expect_error(401, "SIGNATURE_INVALID");
    let mut altered = Signing::default().hello();
    *altered.body_mut() = Bytes::from(json!({"origin": "evil.test"}).to_string());
    world
        .send(&altered)
        .await
        .expect_error(401, "SIGNATURE_INVALID");
    let forged = Signing {
        key: SigningKey::from_bytes(&[9; 32]),
        ..Signing::default()
    };
    world
        .send(&forged.hello())
        .await
        .expect_error(401, "SIGNATURE_INVALID");
    let mut moved = Signing::default().hello();
    *moved.uri_mut() = "/federation/v1/hello?x".parse().unwrap();
    world
        .send(&moved)
        .await
        .expect_error(401, "SIGNATURE_INVALID");
    for (seconds, code) in [(-3600, "SIGNATURE_EXPIRED"), (3600, "SIGNATURE_EXPIRED")] {
        let wrong = Signing {
            after_seconds: seconds,
            ..Signing::default()
        };
        world.send(&wrong.hello()).await.expect_error(401, code);
    }
    let large = Signing::default().request(
        Method::POST,
        "/federation/v1/hello",
        &json!({"x": "x".repeat(300_000)}),
    );
    world
        .send(&large)
        .await
        .expect_error(413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn what_is_for_somebody_else_is_refused() {
    let world = World::start().await;
    let elsewhere = Signing {
        destination: "three.test",
        ..Signing::default()
    };
    world
        .send_to(&elsewhere.hello(), "three.test")
        .await
        .expect_error(403, "WRONG_DESTINATION");
    // Signed for us, but sent to a host that is not called so: the signature would fit there, and is refused here.
    world
        .send_to(&Signing::default().hello(), "three.test")
        .await
        .expect_error(403, "WRONG_DESTINATION");
    let mut body = hello();
    body["destination"] = json!("three.test");
    let request = Signing::default().request(Method::POST, "/federation/v1/hello", &body);
    world
        .send(&request)
        .await
        .expect_error(403, "WRONG_DESTINATION");
}

#[tokio::test]
async fn an_instance_speaks_for_itself_only() {
    let world = World::start().await;
    // Signed with its own key, in another one's name: in the header, then in the body.
    let mut named = Signing::default().hello();
    named
        .headers_mut()
        .insert("kith-origin", "evil.test".parse().unwrap());
    world.send(&named).await.expect_error(403, "WRONG_ORIGIN");
    let mut body = hello();
    body["origin"] = json!("evil.test");
    let request = Signing::default().request(Method::POST, "/federation/v1/hello", &body);
    world.send(&request).await.expect_error(403, "WRONG_ORIGIN");
    // In our own name.
    let ourselves = Signing {
        origin: HERE,
        ..Signing::default()
    };
    world
        .send(&ourselves.hello())
        .await
        .expect_error(403, "WRONG_ORIGIN");
}

#[tokio::test]
async fn a_key_that_the_origin_does_not_publish_does_not_count() {
    let world = World::start().await;
    let unknown_key = Signing {
        key_id: "k2",
        ..Signing::default()
    };
    world
        .send(&unknown_key.hello())
        .await
        .expect_error(401, "UNKNOWN_KEY");
    let stranger = Signing {
        origin: "evil.test",
        ..Signing::default()
    };
    world
        .send(&stranger.hello())
        .await
        .expect_error(401, "UNKNOWN_KEY");
    world.learn(THERE, Some(now().plus_seconds(-1))).await;
    world
        .send(&Signing::default().hello())
        .await
        .expect_error(401, "UNKNOWN_KEY");
    // Naming keys at random makes us ask the origin a few times, and no more.
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(world.send(&unknown_key.hello()).await.status);
    }
    assert!(codes.contains(&429), "{codes:?}");
}

#[tokio::test]
async fn made_up_origins_share_a_small_budget_that_is_not_that_of_those_who_are_known() {
    let world = World::start().await;
    let (mut unknown, mut refused) = (0, 0);
    for number in 0..20 {
        let stranger = Signing {
            origin: ["a.test", "b.test", "c.test", "d.test", "e.test"][number % 5],
            ..Signing::default()
        };
        let answer = world.send(&stranger.hello()).await;
        match answer.status {
            401 => unknown += 1,
            429 => refused += 1,
            _ => panic!("{}", answer.body),
        }
    }
    // Five from one address; one comes back every twelve seconds.
    assert!((5..8).contains(&unknown), "{unknown} were looked for");
    assert_eq!(unknown + refused, 20);
    world.send(&Signing::default().hello()).await.expect(200);
}

#[tokio::test]
async fn an_address_that_is_not_believed_is_refused_before_anything_is_read_for_it() {
    let world = World::start().await;
    let forged = Signing {
        key: ed25519_dalek::SigningKey::from_bytes(&[9; 32]),
        ..Signing::default()
    };
    let mut statuses = Vec::new();
    for _ in 0..70 {
        statuses.push(world.send(&forged.hello()).await.status);
    }
    assert_eq!(statuses[..60], [401; 60]);
    assert!(statuses[60..].contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn whom_we_do_not_speak_with_is_refused_before_anything_is_asked_of_them() {
    let world = World::start().await;
    let admin = account(&world, "admin").await;
    let note = |target: &str| Note {
        actor: admin,
        action: InstanceAuditAction::PeerStanding,
        target: target.to_owned(),
        changes: Value::Null,
        reason: None,
    };
    for standing in [PeerStanding::Suspended, PeerStanding::Blocked] {
        peers::decide(&world.store, &domain(THERE), standing, &note(THERE))
            .await
            .unwrap();
        world
            .send(&Signing::default().hello())
            .await
            .expect_error(403, "PEER_REFUSED");
    }
    let active = PeerStanding::Active;
    peers::decide(&world.store, &domain(THERE), active, &note(THERE))
        .await
        .unwrap();
    world.send(&Signing::default().hello()).await.expect(200);
}

#[tokio::test]
async fn people_of_this_instance_are_shown_to_others_and_nobody_elses() {
    let world = World::start().await;
    let id = account(&world, "ada").await;
    let ask = |path: String| Signing::default().request(Method::GET, &path, &Value::Null);
    let by_name = world
        .send(&ask("/federation/v1/users?name=ada".to_owned()))
        .await;
    let by_id = world.send(&ask(format!("/federation/v1/users/{id}"))).await;
    let shown =
        json!({"id": id, "home": HERE, "username": "ada", "display_name": "ada", "kind": "human"});
    assert_eq!((by_name.expect(200), by_id.expect(200)), (&shown, &shown));

    // Somebody of another instance is for that one to show.
    let profile = serde_json::from_value(json!({
        "id": "01M7X094NF15018JC8E57M87Z4", "home": THERE, "username": "bob", "display_name": "Bob", "kind": "human",
    }));
    let known = peers::remember(&world.store, &profile.unwrap(), now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.home, THERE);
    for path in [
        "/federation/v1/users?name=bob".to_owned(),
        "/federation/v1/users?name=nobody".to_owned(),
        format!("/federation/v1/users/{}", known.id),
        "/federation/v1/users/nonsense".to_owned(),
    ] {
        world.send(&ask(path)).await.expect_error(404, "NOT_FOUND");
    }
    let bare = Request::get(format!("/federation/v1/users/{id}"))
        .body(Bytes::new())
        .unwrap();
    world
        .send(&bare)
        .await
        .expect_error(401, "SIGNATURE_INVALID");
}

#[tokio::test]
async fn without_a_version_in_common_there_is_no_hello() {
    let world = World::start().await;
    let mut body = hello();
    body["versions"] = json!([2]);
    let request = Signing::default().request(Method::POST, "/federation/v1/hello", &body);
    let refused = world.send(&request).await;
    refused.expect_error(400, "INVALID_REQUEST");
    assert_eq!(refused.body["error"]["details"][0]["field"], "versions");
}

#[tokio::test]
async fn nonces_are_kept_as_long_as_they_could_be_replayed_and_then_purged() {
    let world = World::start().await;
    let store = &world.store;
    let soon = now().plus_seconds(60);
    assert!(
        peers::use_nonce(store, world.instance, "0123456789abcdef", soon)
            .await
            .unwrap()
    );
    assert!(
        !peers::use_nonce(store, world.instance, "0123456789abcdef", soon)
            .await
            .unwrap()
    );
    assert_eq!(peers::purge_nonces(store, now(), 10).await.unwrap(), 0);
    assert_eq!(
        peers::purge_nonces(store, soon.plus_seconds(1), 10)
            .await
            .unwrap(),
        1
    );
    assert!(
        peers::use_nonce(store, world.instance, "0123456789abcdef", soon)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_name_that_somebody_else_has_at_their_home_now_moves_with_it() {
    let world = World::start().await;
    let profile = |id: &str, name: &str| {
        serde_json::from_value(json!({
            "id": id, "home": THERE, "username": name, "display_name": name, "kind": "human",
        }))
        .unwrap()
    };
    let (first, second) = ("01M7X094NF15018JC8E57M87Z4", "01M7X094NF15018JC8E57M87Z5");
    let remember = async |id, name| {
        let profile = profile(id, name);
        peers::remember(&world.store, &profile, now())
            .await
            .unwrap()
            .unwrap()
    };
    let ada = remember(first, "ada").await;
    // Local people have names of their own.
    let local = account(&world, "ada").await;
    let new_ada = remember(second, "ada").await;
    assert_ne!(ada.id, new_ada.id);
    assert_eq!(new_ada.username, "ada");
    let renamed = remember(first, "eve").await;
    assert_eq!((renamed.id, renamed.username.as_str()), (ada.id, "eve"));
    let found = peers::local_by_name(&world.store, &Username::parse("ada").unwrap()).await;
    assert_eq!(found.unwrap().unwrap().id, local);
    // Gone there is gone here, and can come back.
    let (there, name) = (domain(THERE), Username::parse("eve").unwrap());
    peers::forget(&world.store, &there, &name, now())
        .await
        .unwrap();
    let again = remember(first, "eve").await;
    assert_eq!(again.id, ada.id);
}

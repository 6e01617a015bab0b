//! A guild that cannot be described is unavailable to its members, and nobody else notices.

use kith_testkit::Gateway;
use kith_types::Permissions;
use kith_wire::ErrorCode;
use serde_json::{Value, json};

use crate::fleet::{Fleet, Place, contents, hears, leave};
use crate::truth::{Truth, guild, token};

const REFUSED: Option<ErrorCode> = Some(ErrorCode::PayloadTooLarge);

/// Guild 1 has the trouble; who is in guild 2 only has nothing to do with it.
fn two_guilds() -> Truth {
    let mut truth = Truth::new();
    truth.found(1, &[1, 2], 2);
    truth.found(2, &[2, 3], 1);
    truth
}

fn is(number: u8) -> impl Fn(&Value) -> bool {
    move |d| d["guild"]["id"] == json!(guild(number))
}

fn is_away(number: u8) -> impl Fn(&Value) -> bool {
    move |d| d["guild_id"] == json!(guild(number)) && d["unavailable"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_has_all_guilds_that_can_be_described_and_the_other_when_it_can() {
    tokio::join!(
        comes(ErrorCode::PayloadTooLarge),
        comes(ErrorCode::Internal),
        comes(ErrorCode::Unavailable)
    );
}

async fn comes(code: ErrorCode) {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    fleet.trouble(1, Some(code));
    let mut client = Gateway::connect(&gateway.url).await;
    let identify = json!({"op": "IDENTIFY", "d": {"token": token(2)}});
    client.send(&identify).await;
    let ready = client.expect("READY").await;
    assert_eq!(ready["d"]["guilds"].as_array().unwrap().len(), 2);
    client.expect_where("GUILD_DELETE", is_away(1)).await;
    client.expect_where("GUILD_CREATE", is(2)).await;
    fleet.does(|it| it.post(1, 0, "not for now")).await;
    let last = fleet.does(|it| it.post(2, 0, "here")).await;
    assert_eq!(hears(&mut client, "here").await["s"], last);
    fleet.trouble(1, None);
    let create = client.expect_where("GUILD_CREATE", is(1)).await;
    assert_eq!(create["d"]["channels"].as_array().unwrap().len(), 2);
    let last = fleet.does(|it| it.post(1, 1, "again")).await;
    assert_eq!(hears(&mut client, "again").await["s"], last);
    assert_eq!(contents(&client), ["here", "again"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_that_cannot_be_described_any_more_lets_go_of_what_waits_and_comes_anew() {
    tokio::join!(
        lets_go(ErrorCode::PayloadTooLarge),
        lets_go(ErrorCode::Unavailable)
    );
}

async fn lets_go(code: ErrorCode) {
    let fleet = Fleet::start(two_guilds()).await;
    let (gateway, other) = (fleet.gateway().await, fleet.gateway().await);
    let (mut owner, mut both, mut stranger) = (
        gateway.ready(1).await,
        gateway.ready(2).await,
        gateway.ready(3).await,
    );
    fleet.trouble(1, Some(code));
    fleet
        .does(|it| it.overwrite(1, 1, Permissions::VIEW_CHANNEL))
        .await;
    fleet
        .does(|it| it.post(1, 1, "hidden from all but one"))
        .await;
    for client in [&mut owner, &mut both] {
        client.expect_where("GUILD_DELETE", is_away(1)).await;
    }
    // Nothing is held back from whoever is elsewhere, also not that everything has been sent.
    let last = fleet.does(|it| it.post(2, 0, "elsewhere")).await;
    assert_eq!(hears(&mut stranger, "elsewhere").await["s"], last);
    assert_eq!(hears(&mut both, "elsewhere").await["s"], last);
    let mut stranger = other.resume(3, &leave(stranger)).await;
    assert_eq!(stranger.expect_op("RESUMED").await["s"], last);
    fleet.trouble(1, None);
    let create = owner.expect_where("GUILD_CREATE", is(1)).await;
    assert_eq!(create["d"]["channels"].as_array().unwrap().len(), 2);
    let create = both.expect_where("GUILD_CREATE", is(1)).await;
    assert_eq!(create["d"]["channels"].as_array().unwrap().len(), 1);
    let last = fleet.does(|it| it.post(1, 0, "open")).await;
    for client in [&mut owner, &mut both] {
        assert_eq!(hears(client, "open").await["s"], last);
    }
    assert_eq!(contents(&both), ["elsewhere", "open"]);
    assert_eq!(contents(&owner), ["open"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_while_a_guild_is_unavailable_sees_nothing_more_of_it() {
    let mut truth = two_guilds();
    truth.found(1, &[1, 2, 3, 4], 1);
    let fleet = Fleet::start(truth).await;
    let gateway = fleet.gateway().await;
    let mut clients = Vec::new();
    for who in 1..=4 {
        clients.push(gateway.ready(who).await);
    }
    fleet.trouble(1, REFUSED);
    // One removal waits when it is let go of, the other one comes while it is unavailable.
    fleet
        .does(|it| it.update_role(1, 1, Permissions::MANAGE_MESSAGES))
        .await;
    fleet.does(|it| it.remove(1, 2)).await;
    clients[3].expect_where("GUILD_DELETE", is_away(1)).await;
    fleet.does(|it| it.remove(1, 3)).await;
    fleet.does(|it| it.post(1, 0, "among us")).await;
    fleet.trouble(1, None);
    clients[0].expect_where("GUILD_CREATE", is(1)).await;
    clients[3].expect_where("GUILD_CREATE", is(1)).await;
    fleet.does(|it| it.post(1, 0, "only us")).await;
    hears(&mut clients[3], "only us").await;
    fleet.does(|it| it.post(2, 0, "elsewhere")).await;
    for client in &mut clients[1..=2] {
        hears(client, "elsewhere").await;
        assert_eq!(contents(client), ["elsewhere"]);
        let ends = client.dispatches("GUILD_DELETE");
        let last = ends.last().unwrap();
        assert_eq!(last["d"]["guild_id"], json!(guild(1)));
        assert_ne!(last["d"]["unavailable"], true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_a_guild_that_cannot_be_described_holds_nobody_up() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    fleet.trouble(1, REFUSED);
    let mut comes = gateway.ready(3).await;
    fleet.does(|it| it.join(1, 3)).await;
    comes.expect_where("GUILD_DELETE", is_away(1)).await;
    let last = fleet.does(|it| it.post(2, 0, "elsewhere")).await;
    assert_eq!(hears(&mut comes, "elsewhere").await["s"], last);
    fleet.trouble(1, None);
    comes.expect_where("GUILD_CREATE", is(1)).await;
    fleet.does(|it| it.post(1, 0, "welcome")).await;
    hears(&mut comes, "welcome").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_resumes_names_what_was_unavailable_and_gets_it() {
    let fleet = Fleet::start(two_guilds()).await;
    let (first, second) = (fleet.gateway().await, fleet.gateway().await);
    // One that has not heard yet that it cannot be described, and so asks at once.
    let third = fleet.gateway().await;
    fleet.trouble(1, REFUSED);
    let mut client = Gateway::connect(&first.url).await;
    let identify = json!({"op": "IDENTIFY", "d": {"token": token(2)}});
    client.send(&identify).await;
    client.expect_where("GUILD_DELETE", is_away(1)).await;
    fleet.does(|it| it.post(2, 0, "seen")).await;
    hears(&mut client, "seen").await;
    let Place { session_id, s } = leave(client);
    let mut resume = json!({"token": token(2), "session_id": session_id, "s": s});
    resume["unavailable"] = json!([guild(1)]);
    let resume = json!({"op": "RESUME", "d": resume});
    // Still unavailable: it is said again, and all else is as always.
    let mut client = Gateway::connect(&second.url).await;
    client.send(&resume).await;
    client.expect_where("GUILD_DELETE", is_away(1)).await;
    client.expect_op("RESUMED").await;
    client.abandon();
    fleet.trouble(1, None);
    let mut client = Gateway::connect(&third.url).await;
    client.send(&resume).await;
    client.expect_where("GUILD_CREATE", is(1)).await;
    client.expect_op("RESUMED").await;
    fleet.does(|it| it.post(1, 0, "live")).await;
    hears(&mut client, "live").await;
}

//! What a stranger may take of a gateway before it is known who that is, and an account afterwards.

use std::time::Duration;

use kith_testkit::{Gateway, GatewayEnd};
use kith_world::neighbour::Neighbour;
use kith_world::world::{Member, World};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const UPGRADE: &str = "GET /gateway HTTP/1.1\r\nHost: kith\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// The head of a masked frame without content.
const BEGINS: [u8; 6] = [0x01, 0x80, 1, 2, 3, 4];
const GOES_ON: [u8; 6] = [0x00, 0x80, 1, 2, 3, 4];
const PING: [u8; 6] = [0x89, 0x80, 1, 2, 3, 4];

/// A bare socket after its handshake; the answer's status if it was refused.
async fn knock(world: &World) -> Result<TcpStream, String> {
    let mut stream = TcpStream::connect(&world.gateways[0].address)
        .await
        .expect("it listens");
    stream
        .write_all(UPGRADE.as_bytes())
        .await
        .expect("it reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("an answer comes"));
    }
    let head = String::from_utf8(head).expect("a head is text");
    let status = head.split(' ').nth(1).unwrap_or_default().to_owned();
    if status == "101" {
        Ok(stream)
    } else {
        Err(status)
    }
}

/// Everything that still comes, until the other side ends it.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let reading = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut all));
    // A connection that is reset has ended too.
    let _ = reading.await.expect("it is ended");
    all
}

/// Sends this frame over and over until the connection is ended; gives how many were taken.
async fn flood(mut stream: TcpStream, first: &[u8], frame: &[u8]) -> usize {
    let many = frame.repeat(1000);
    let mut sent = 0;
    if stream.write_all(first).await.is_ok() {
        while sent < 5_000_000 && stream.write_all(&many).await.is_ok() {
            sent += 1000;
        }
    }
    rest(stream).await;
    sent
}

fn closes_with(said: &[u8], code: u16) -> bool {
    let code = code.to_be_bytes();
    said.windows(4).any(|it| it[0] == 0x88 && it[2..] == code)
}

async fn asked_to_identify(api: &Member) -> u64 {
    let metrics = api.metrics().await;
    let lines = metrics
        .lines()
        .filter(|line| line.starts_with("kith_bus_answers_total") && line.contains("\"identify\""));
    let counts = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    counts.sum::<f64>() as u64
}

#[tokio::test]
async fn frames_of_every_kind_are_counted_before_anybody_has_said_who_they_are() {
    let world = World::builder().start().await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let floods = async {
        for (first, frame) in [(&BEGINS[..], GOES_ON), (&[][..], PING), (&[][..], GOES_ON)] {
            for _ in 0..20 {
                let stream = knock(&world).await.expect("there is room");
                let sent = flood(stream, first, &frame).await;
                // As much as the two systems' buffers take in the meantime, and not what a client can send.
                assert!(sent < 2_000_000, "{sent} frames were taken");
            }
        }
    };
    tokio::join!(floods, neighbour.notices_nothing());
    let metrics = world.gateways[0].metrics().await;
    let limited = "kith_gateway_closed_total{reason=\"rate_limited\"} ";
    let limited = metrics.lines().find_map(|line| line.strip_prefix(limited));
    // A frame that goes on with nothing ends its connection by itself.
    assert_eq!(limited, Some("40"), "{metrics}");
    world.finish().await;
}

#[tokio::test]
async fn wrong_tokens_are_asked_about_a_few_times_and_a_session_goes_on_from_the_same_address() {
    let world = World::builder().start().await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let bob = world.person("bob").await;
    bob.create_guild("Bob's").await;
    let before = world.socket(&bob, 0).await;
    let (session, s) = (
        before.session_id().expect("READY").to_owned(),
        before.last_s().expect("one"),
    );
    before.abandon();
    let asked = asked_to_identify(&world.apis[0]).await;
    let guesses = async {
        let (mut wrong, mut limited) = (0, 0);
        for number in 0..300 {
            let mut guess = Gateway::connect(&world.gateway_url(0)).await;
            guess
                .send(&json!({"op": "IDENTIFY", "d": {"token": format!("guess{number}")}}))
                .await;
            match guess.end().await {
                GatewayEnd::Closed(4004) => wrong += 1,
                GatewayEnd::Closed(4008) => limited += 1,
                other => panic!("{other:?}"),
            }
        }
        (wrong, limited)
    };
    let ((wrong, limited), ()) = tokio::join!(guesses, neighbour.notices_nothing());
    assert!(
        (30..60).contains(&wrong) && limited > 200,
        "{wrong} {limited}"
    );
    assert_eq!(asked_to_identify(&world.apis[0]).await - asked, wrong);
    // Somebody else in the same house, whose connection broke.
    let mut bob = Gateway::resume(
        &world.gateway_url(0),
        &bob.account.access_token,
        &session,
        s,
    )
    .await;
    bob.expect_op("RESUMED").await;
    world.finish().await;
}

#[tokio::test]
async fn one_account_begins_only_so_many_sessions_a_minute_with_a_good_token() {
    let world = World::builder().start().await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let mallory = world.person("mallory").await;
    let identify = json!({"op": "IDENTIFY", "d": {"token": mallory.account.access_token}});
    let storm = async {
        for count in 0..400 {
            let mut socket = Gateway::connect(&world.gateway_url(0)).await;
            socket.send(&identify).await;
            match socket.frame().await {
                Ok(frame) => assert_eq!(frame["t"], "READY"),
                Err(GatewayEnd::Closed(4008)) => return count,
                Err(other) => panic!("{other:?}"),
            }
        }
        400
    };
    let (count, ()) = tokio::join!(storm, neighbour.notices_nothing());
    assert!((60..300).contains(&count), "{count} sessions were begun");
    world.finish().await;
}

#[tokio::test]
async fn silent_sockets_are_few_and_are_closed_and_so_are_silent_peers() {
    let world = World::builder()
        .set("KITH_GATEWAY_HANDSHAKES_PER_ADDRESS", "20")
        .start()
        .await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let mut silent = Vec::new();
    let mut refused = 0;
    for _ in 0..50 {
        match knock(&world).await {
            Ok(stream) => silent.push(stream),
            Err(status) => {
                assert_eq!(status, "429");
                refused += 1;
            }
        }
    }
    assert_eq!((silent.len(), refused), (20, 30));
    // Peers that say nothing at all, or never come to the end of a request, at both kinds of doors.
    let mut peers = Vec::new();
    for member in world.members() {
        for begin in ["", "GET / HTTP/1.1\r\nHost:"] {
            let mut peer = TcpStream::connect(&member.address)
                .await
                .expect("it listens");
            peer.write_all(begin.as_bytes()).await.expect("it reads");
            peers.push(peer);
        }
    }
    neighbour.notices_nothing().await;
    for stream in silent {
        assert!(closes_with(&rest(stream).await, 4003));
    }
    for peer in peers {
        assert_eq!(rest(peer).await, b"");
    }
    // There is room again.
    knock(&world).await.expect("nobody is silent any more");
    world.finish().await;
}

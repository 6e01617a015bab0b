//! Publishing, passing facts, questions and answers, with a real server.

mod rights;
#[path = "../support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use kith_bus::{Bus, Probed, PublishError, RequestError, SendError, StreamLimits};
use kith_events::Ephemeral;
use kith_events::rpc::{CheckSessions, ValidSessions};
use kith_testkit::{Nats, until};
use kith_types::SessionId;
use kith_wire::ErrorCode;
use support::{Events, connect, connect_as, publish_until_stored, with_stream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

const SESSION: &str = "01M7X094NF15018JC8E57M87Z4";

fn question() -> CheckSessions {
    CheckSessions {
        sessions: vec![SESSION.parse().expect("an id")],
    }
}

fn all_valid(question: CheckSessions) -> ValidSessions {
    ValidSessions {
        valid: question.sessions,
        epoch: 7,
    }
}

/// Asks until somebody serves: a subscription takes a moment to reach the server.
async fn served(bus: &Bus) {
    until("somebody serves", async || bus.request(&question()).await).await;
}

#[tokio::test]
async fn an_event_is_stored_once_however_often_it_is_published() {
    let server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut events = Events::new();
    let (first, second) = (events.next(), events.next());
    let stored = bus
        .publish_event(&first)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    assert_eq!((stored.stream_seq, stored.duplicate), (1, false));
    let again = bus
        .publish_event(&first)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    assert_eq!((again.stream_seq, again.duplicate), (1, true));
    let next = bus
        .publish_event(&second)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    assert_eq!((next.stream_seq, next.duplicate), (2, false));
}

#[tokio::test]
async fn an_event_that_no_stream_takes_or_that_is_too_large_is_refused() {
    let server = Nats::start().await;
    let bus = connect(&server.url()).await;
    bus.connected().await;
    let mut event = Events::new().next();
    let refused = bus.publish_event(&event).await.unwrap().wait().await;
    assert!(
        matches!(refused, Err(PublishError::Refused(_))),
        "{refused:?}"
    );
    event.payload = Bytes::from(vec![b'a'; 2 * 1024 * 1024]);
    assert!(matches!(
        bus.publish_event(&event).await.err(),
        Some(PublishError::TooLarge)
    ));
}

#[tokio::test]
async fn without_a_server_everything_fails_at_once_and_nothing_waits() {
    let mut server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let event = Events::new().next();
    server.freeze();
    let ack = bus.publish_event(&event).await.unwrap();
    server.kill();
    assert!(matches!(ack.wait().await, Err(PublishError::Disconnected)));
    let typing = Ephemeral::Typing {
        guild: None,
        channel: SESSION.parse().unwrap(),
        access_version: None,
        recipients: vec![],
    };
    assert!(matches!(
        bus.publish_event(&event).await.err(),
        Some(PublishError::Disconnected)
    ));
    assert!(matches!(
        bus.publish_ephemeral(&typing, Bytes::new()).await,
        Err(SendError::Disconnected)
    ));
    assert!(matches!(bus.nudge().await, Err(SendError::Disconnected)));
    assert!(matches!(
        bus.request(&question()).await,
        Err(RequestError::Unavailable("check_sessions"))
    ));
    assert!(bus.ensure_stream(StreamLimits::default()).await.is_err());
    assert!(bus.probe().await.is_err());
    server.restart().await;
    publish_until_stored(&bus, &event).await;
}

#[tokio::test]
async fn health_sees_the_connection_go_and_come() {
    let mut server = Nats::start().await;
    let bus = connect(&server.url()).await;
    let mut connection = bus.connection();
    connection
        .wait_for(|now| now.up && now.count == 1)
        .await
        .unwrap();
    server.kill();
    connection.wait_for(|now| !now.up).await.unwrap();
    assert!(!bus.is_connected());
    server.restart().await;
    connection
        .wait_for(|now| now.up && now.count == 2)
        .await
        .unwrap();
}

#[tokio::test]
async fn passing_facts_and_nudges_reach_those_of_the_same_namespace() {
    let server = Nats::start().await;
    let bus = connect(&server.url()).await;
    let other = connect_as(&server.url(), "other").await;
    let (mut facts, mut nudges) = (
        bus.subscribe_ephemeral().await.unwrap(),
        bus.nudges().await.unwrap(),
    );
    let mut elsewhere = other.subscribe_ephemeral().await.unwrap();
    bus.connected().await;
    other.connected().await;
    bus.flush().await;
    let direct = Ephemeral::Typing {
        guild: None,
        channel: SESSION.parse().unwrap(),
        access_version: None,
        recipients: vec![
            SESSION.parse().unwrap(),
            "01M7X094NF15018JC8E57M87Z6".parse().unwrap(),
        ],
    };
    let public = Ephemeral::Typing {
        guild: Some(SESSION.parse().unwrap()),
        channel: SESSION.parse().unwrap(),
        access_version: Some(7),
        recipients: Vec::new(),
    };
    let presence = Ephemeral::Presence {
        user: SESSION.parse().unwrap(),
    };
    for about in [&direct, &public, &presence] {
        bus.publish_ephemeral(about, Bytes::from_static(b"{}"))
            .await
            .unwrap();
        let fact = facts.next().await.unwrap();
        assert_eq!(
            (&fact.about, fact.payload.as_ref()),
            (about, b"{}".as_slice())
        );
    }
    bus.nudge().await.unwrap();
    nudges.next().await.unwrap();
    // A fence: what the other namespace hears first is its own.
    other.flush().await;
    other
        .publish_ephemeral(&public, Bytes::from_static(b"other"))
        .await
        .unwrap();
    assert_eq!(elsewhere.next().await.unwrap().payload.as_ref(), b"other");
}

#[tokio::test]
async fn a_question_is_answered_by_one_of_those_who_serve() {
    let server = Nats::start().await;
    let (asker, one, two) = (
        connect(&server.url()).await,
        connect(&server.url()).await,
        connect(&server.url()).await,
    );
    asker.connected().await;
    let nobody = asker.request(&question()).await;
    assert!(
        matches!(nobody, Err(RequestError::Unavailable(_))),
        "{nobody:?}"
    );
    let stop = CancellationToken::new();
    let answered = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let serve = |bus: Bus, count: &'static str, index: usize| {
        let (answered, stop) = (&answered, stop.clone());
        async move {
            let handler = |question: CheckSessions| async move {
                answered[index].fetch_add(1, Ordering::Relaxed);
                if question.sessions.is_empty() {
                    Err(ErrorCode::NotFound)
                } else {
                    Ok(all_valid(question))
                }
            };
            bus.serve(8, stop, handler).await.expect(count);
        }
    };
    let asking = async {
        served(&asker).await;
        for _ in 0..200 {
            let answer = asker.request(&question()).await.unwrap();
            assert_eq!(
                (answer.valid, answer.epoch),
                (vec![SESSION.parse::<SessionId>().unwrap()], 7)
            );
        }
        let refused = asker
            .request(&CheckSessions { sessions: vec![] })
            .await
            .err()
            .unwrap();
        assert!(
            matches!(
                refused,
                RequestError::Refused("check_sessions", ErrorCode::NotFound)
            ),
            "{refused:?}"
        );
        assert_eq!(
            (refused.code(), refused.to_string()),
            (
                ErrorCode::NotFound,
                "check_sessions was answered with NOT_FOUND".into()
            )
        );
        stop.cancel();
    };
    tokio::join!(
        asking,
        serve(one, "one serves", 0),
        serve(two, "two serves", 1)
    );
    let [one, two] = answered.map(AtomicUsize::into_inner);
    // Every one of them was answered once; `served` may have asked more than once.
    assert!(one + two >= 202 && one > 0 && two > 0, "{one} and {two}");
}

#[tokio::test]
async fn no_more_than_so_many_are_answered_at_once_and_stopping_answers_what_has_come_in() {
    let server = Nats::start().await;
    let (asker, bus) = (connect(&server.url()).await, connect(&server.url()).await);
    let stop = CancellationToken::new();
    let (gate, at_once, most) = (Semaphore::new(1), AtomicUsize::new(0), AtomicUsize::new(0));
    let handler = |question: CheckSessions| async {
        most.fetch_max(
            at_once.fetch_add(1, Ordering::Relaxed) + 1,
            Ordering::Relaxed,
        );
        let pass = gate.acquire().await.expect("it is never closed");
        at_once.fetch_sub(1, Ordering::Relaxed);
        // What `served` asks passes; the others wait until all of them have come.
        if question.sessions.is_empty() {
            pass.forget();
        } else {
            drop(pass);
        }
        Ok(all_valid(question))
    };
    let asking = async {
        served(&asker).await;
        let hold = gate.acquire().await.expect("it is never closed");
        let all = (0..20).map(|_| async {
            asker
                .request(&CheckSessions { sessions: vec![] })
                .await
                .map(|_| ())
        });
        let release = async {
            until("three wait", async || {
                match at_once.load(Ordering::Relaxed) {
                    3 => Ok(()),
                    other => Err(format!("{other} wait")),
                }
            })
            .await;
            // All twenty are at the server before it is told to send no more.
            asker.flush().await;
            bus.flush().await;
            stop.cancel();
            drop(hold);
            gate.add_permits(20);
        };
        let (answers, ()) = tokio::join!(futures_util::future::join_all(all), release);
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    };
    let (ended, ()) = tokio::join!(bus.serve(3, stop.clone(), handler), asking);
    ended.unwrap();
    assert_eq!(most.into_inner(), 3);
}

/// Answers a question about nobody with so many sessions; about half a megabyte each 18,000.
async fn serve_many(bus: &Bus, count: usize, stop: CancellationToken) {
    let handler = |question: CheckSessions| async move {
        if question.sessions.is_empty() {
            let valid = vec![SESSION.parse().expect("an id"); count];
            return Ok(ValidSessions { valid, epoch: 9 });
        }
        Ok(all_valid(question))
    };
    bus.serve(3, stop, handler).await.expect("it serves");
}

#[tokio::test]
async fn an_answer_of_some_megabytes_comes_in_parts_and_is_whole_again() {
    let server = Nats::start().await;
    let (asker, bus) = (connect(&server.url()).await, connect(&server.url()).await);
    for count in [17_000, 36_000, 500_000] {
        let stop = CancellationToken::new();
        let asking = async {
            served(&asker).await;
            // Several at once do not get into each other's way.
            let question = || CheckSessions { sessions: vec![] };
            let (one, other, small) = tokio::join!(
                async { asker.request(&question()).await.unwrap() },
                async { asker.request(&question()).await.unwrap() },
                async { asker.request(&self::question()).await.unwrap() },
            );
            assert_eq!((one.valid.len(), one.epoch), (count, 9));
            assert_eq!((other.valid.len(), small.valid.len()), (count, 1));
            stop.cancel();
        };
        tokio::join!(serve_many(&bus, count, stop.clone()), asking);
    }
}

#[tokio::test]
async fn an_answer_that_is_larger_than_any_is_an_error_and_no_silence() {
    let server = Nats::start().await;
    let (asker, bus) = (connect(&server.url()).await, connect(&server.url()).await);
    let stop = CancellationToken::new();
    let asking = async {
        served(&asker).await;
        let refused = asker.request(&CheckSessions { sessions: vec![] }).await;
        assert!(
            matches!(refused, Err(RequestError::Refused(_, ErrorCode::Internal))),
            "{refused:?}"
        );
        stop.cancel();
    };
    tokio::join!(serve_many(&bus, 600_000, stop.clone()), asking);
}

#[tokio::test]
async fn who_knows_of_no_parts_gets_one_message_and_who_knows_of_them_takes_one() {
    let server = Nats::start().await;
    let (asker, bus) = (connect(&server.url()).await, connect(&server.url()).await);
    let old = async_nats::connect(server.url()).await.unwrap();
    let stop = CancellationToken::new();
    let asking = async {
        served(&asker).await;
        let ask = |question: &'static str| {
            let old = old.clone();
            async move {
                let answer = old.request("kith.rpc.v1.check_sessions", question.into());
                let answer = answer.await.unwrap();
                assert!(answer.headers.is_none());
                String::from_utf8(answer.payload.to_vec()).unwrap()
            }
        };
        let small = ask(r#"{"sessions":["01M7X094NF15018JC8E57M87Z4"]}"#).await;
        assert_eq!(
            small,
            format!(r#"{{"Ok":{{"valid":["{SESSION}"],"epoch":7}}}}"#)
        );
        assert_eq!(ask(r#"{"sessions":[]}"#).await, r#"{"Err":"INTERNAL"}"#);
        stop.cancel();
    };
    tokio::join!(serve_many(&bus, 30_000, stop.clone()), asking);
    // An old one answers in one message, which is whole.
    let mut questions = old.subscribe("kith.rpc.v1.check_sessions").await.unwrap();
    old.flush().await.unwrap();
    let answering = async {
        let heard = questions.next().await.unwrap();
        let reply = heard.reply.unwrap();
        let answer = r#"{"Ok":{"valid":[],"epoch":3}}"#;
        old.publish(reply, answer.into()).await.unwrap();
    };
    let question = question();
    let (answer, ()) = tokio::join!(asker.request(&question), answering);
    assert_eq!(answer.unwrap().epoch, 3);
}

#[tokio::test]
async fn a_probe_tells_how_the_server_and_the_stream_stand() {
    let server = Nats::start().await;
    let bus = connect(&server.url()).await;
    let Probed {
        version,
        stream,
        storage_limit,
        max_payload,
        ..
    } = bus.probe().await.unwrap();
    assert!(version.starts_with("2."), "{version}");
    assert_eq!(
        (stream, storage_limit, max_payload),
        (None, None, 1024 * 1024)
    );
    let limits = StreamLimits {
        max_age: Duration::from_hours(2),
        max_bytes: 1 << 20,
        replicas: 1,
    };
    // Several processes do it at once, and again after a restart.
    let (one, two) = tokio::join!(bus.ensure_stream(limits), bus.ensure_stream(limits));
    one.unwrap();
    two.unwrap();
    publish_until_stored(&bus, &Events::new().next()).await;
    let stream = bus.probe().await.unwrap().stream.unwrap();
    assert_eq!(
        (
            stream.messages,
            stream.last_seq,
            stream.max_bytes,
            stream.max_age
        ),
        (1, 1, 1 << 20, limits.max_age)
    );
    bus.ensure_stream(StreamLimits::default()).await.unwrap();
    let changed = bus.stream_state().await.unwrap().unwrap();
    assert_eq!(
        (changed.messages, changed.max_age),
        (1, StreamLimits::default().max_age)
    );
    assert_eq!(changed.created, stream.created);
}

//! Limits with a real server: shared while it is there, alone while it is not, and only what Dragonfly can do.
#![expect(
    clippy::unwrap_used,
    reason = "what a test's helpers cannot do, fails the test"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kith_cache::{COMMANDS, Cache, PresenceTimes};
use kith_events::rpc::{Beat, Connected};
use kith_testkit::{Redis, until};
use kith_types::{Entropy, LimitKey, Limiter, ManualClock, Quota, SeededEntropy, Timestamp};
use kith_wire::ChosenStatus;

/// Long enough on a busy machine; a killed server costs it once.
const TIMEOUT: Duration = Duration::from_secs(5);
const QUOTA: Quota = Quota::new(5, Duration::from_secs(5));

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_millis(1_795_255_200_000)))
}

async fn connect(redis: &Redis, namespace: &str) -> Cache {
    let cache = Cache::connect(&redis.url().into(), namespace, TIMEOUT);
    let cache = cache.expect("the address is right");
    connected(&cache).await;
    cache
}

async fn connected(cache: &Cache) {
    until("the cache is connected", async || {
        if cache.is_connected() {
            Ok(())
        } else {
            Err("it is not")
        }
    })
    .await;
}

/// Waits until `one` counts in the cache again: after a failure it pauses.
async fn count_together(one: &impl Limiter, other: &impl Limiter) {
    let round = std::cell::Cell::new(0);
    until("they count together", async || {
        round.set(round.get() + 1);
        let key = LimitKey::new("round", round.get());
        one.take(&key, QUOTA, 1).await;
        match other.take(&key, QUOTA, 1).await.remaining {
            3 => Ok(()),
            remaining => Err(remaining),
        }
    })
    .await;
}

#[tokio::test]
async fn two_processes_share_a_bucket_and_two_namespaces_do_not() {
    let redis = Redis::start().await;
    let clock = clock();
    let here = connect(&redis, "one").await.limiter(clock.clone());
    let there = connect(&redis, "one").await.limiter(clock.clone());
    let elsewhere = connect(&redis, "two").await.limiter(clock.clone());
    let key = LimitKey::new("test", "ada");
    for _ in 0..3 {
        assert!(here.take(&key, QUOTA, 1).await.allowed);
    }
    assert_eq!(there.take(&key, QUOTA, 2).await.remaining, 0);
    let refused = here.take(&key, QUOTA, 1).await;
    assert!(!refused.allowed);
    assert_eq!(refused.retry_after, Duration::from_secs(1));
    assert!(elsewhere.take(&key, QUOTA, 1).await.allowed);
    clock.advance(1000);
    assert!(there.take(&key, QUOTA, 1).await.allowed);
}

#[tokio::test]
async fn without_the_cache_each_process_counts_for_itself_and_with_it_again_together() {
    let mut redis = Redis::start().await;
    let clock = clock();
    let cache = connect(&redis, "alone").await;
    let limiter = cache.limiter(clock.clone());
    let key = LimitKey::new("test", "bob");
    redis.kill();
    let mut allowed = 0;
    while limiter.take(&key, QUOTA, 1).await.allowed {
        allowed += 1;
        assert!(allowed <= 5, "nothing was counted");
    }
    assert_eq!(allowed, 5);
    redis.restart().await;
    let other = connect(&redis, "alone").await.limiter(clock.clone());
    count_together(&limiter, &other).await;
    // Two tokens are back. The cache has forgotten everything, and learns what this process had counted.
    clock.advance(2000);
    assert_eq!(limiter.take(&key, QUOTA, 1).await.remaining, 1);
    assert_eq!(other.take(&key, QUOTA, 1).await.remaining, 0);
}

#[tokio::test]
async fn who_sends_at_half_the_allowed_rate_for_long_is_never_refused() {
    let redis = Redis::start().await;
    let clock = clock();
    let limiter = connect(&redis, "half").await.limiter(clock.clone());
    let key = LimitKey::new("test", "cyd");
    for index in 0..500 {
        assert!(
            limiter.take(&key, QUOTA, 1).await.allowed,
            "the {index}th was refused"
        );
        clock.advance(2000);
    }
}

/// Somebody comes, is asked for, goes, and is forgotten.
async fn everything_of_presence(cache: &Cache) {
    let second = Duration::from_secs(1);
    let presence = cache.presence(PresenceTimes {
        lease: second,
        linger: second,
        look_back: second,
    });
    let user = "01M7X094NF15018JC8E57M87Z2".parse().unwrap();
    let beat = |epoch, status| Beat {
        gateway: "01M7X094NF15018JC8E57M87Z1".parse().unwrap(),
        connections: vec![Connected {
            connection: 1,
            user,
            epoch,
            status,
            custom_status: None,
            rev: 0,
        }],
    };
    let at = Timestamp::from_millis;
    for now in [0, 500] {
        let online = beat(1, Some(ChosenStatus::Online));
        presence.beat(&online, at(now)).await.unwrap();
    }
    presence.beat(&beat(2, None), at(500)).await.unwrap();
    let known = presence.read(&[user], at(600)).await.unwrap();
    assert_eq!(known.presences.len(), 1);
    for now in [1600, 2600] {
        presence.reap(at(now)).await.unwrap();
    }
    let known = presence.read(&[user], at(2600)).await.unwrap();
    assert!(known.presences.is_empty());
}

/// A user who may do what is declared and nothing else; so Dragonfly, which can do all of it, is enough.
#[tokio::test]
async fn everything_works_with_the_declared_commands_and_dragonfly_supports_them() {
    let declared: BTreeSet<&str> = COMMANDS.iter().copied().collect();
    let supported: BTreeSet<&str> = include_str!("dragonfly-commands.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let unsupported: Vec<_> = declared.difference(&supported).collect();
    assert!(
        unsupported.is_empty(),
        "Dragonfly does not support {unsupported:?}"
    );

    let rights: Vec<_> = COMMANDS
        .iter()
        .map(|command| format!("+{}", command.replace(' ', "|")))
        .collect();
    let mut user = vec!["--user", "kith", "on", ">secret", "~*", "-@all"];
    user.extend(rights.iter().map(String::as_str));
    let redis = Redis::with_arguments(&user).await;
    let url = redis.url().replace("redis://", "redis://kith:secret@") + "/3";
    let cache = Cache::connect(&url.into(), "commands", TIMEOUT).unwrap();
    connected(&cache).await;
    let limiter = cache.limiter(clock());
    let key = LimitKey::new("test", "dee");
    assert_eq!(limiter.take(&key, QUOTA, 2).await.remaining, 3);
    assert!(!limiter.take(&key, QUOTA, 5).await.allowed);
    cache.probe().await.unwrap();
    everything_of_presence(&cache).await;
    // A process of its own may have been quicker: what the server knows, it counted itself.
    let other = Cache::connect(&redis.url().into(), "commands", TIMEOUT).unwrap();
    other.probe().await.unwrap();
    connected(&other).await;
    everything_of_presence(&other).await;
    let seen = redis.commands_seen().await;
    let seen: BTreeSet<&str> = seen
        .iter()
        .map(String::as_str)
        .filter(|name| *name != "quit")
        .collect();
    assert_eq!(seen, declared);
}

#[tokio::test]
async fn the_cache_and_the_process_count_alike() {
    let redis = Redis::start().await;
    let clock = clock();
    let cache = connect(&redis, "alike").await;
    let mut gone = Redis::start().await;
    let alone = connect(&gone, "alike").await;
    gone.kill();
    let (shared, alone) = (cache.limiter(clock.clone()), alone.limiter(clock.clone()));
    let chance = SeededEntropy::new(22);
    for step in 0..500 {
        let [key, cost, pause, back, ..] = chance.next_u64().to_le_bytes();
        let key = LimitKey::new("test", key % 3);
        clock.advance(i64::from(pause) * 8 - if back > 250 { 20_000 } else { 0 });
        let cost = u32::from(cost % 7);
        assert_eq!(
            shared.take(&key, QUOTA, cost).await,
            alone.take(&key, QUOTA, cost).await,
            "at step {step}"
        );
    }
}

#[tokio::test]
async fn a_frozen_cache_costs_one_timeout_and_is_used_again_when_it_answers() {
    let redis = Redis::start().await;
    let clock = clock();
    let cache = connect(&redis, "frozen").await;
    let limiter = cache.limiter(clock.clone());
    let key = LimitKey::new("test", "eve");
    assert_eq!(limiter.take(&key, QUOTA, 4).await.remaining, 1);
    redis.freeze();
    // What the cache had counted for this process is not forgotten.
    assert_eq!(limiter.take(&key, QUOTA, 1).await.remaining, 0);
    assert!(!limiter.take(&key, QUOTA, 1).await.allowed);
    redis.thaw();
    until("the cache is used again", async || {
        // The pause after a failure is over by the clock; buckets are full again by then.
        clock.advance(10_000);
        limiter.take(&key, QUOTA, 5).await;
        let shared = connect(&redis, "frozen")
            .await
            .limiter(clock.clone())
            .take(&key, QUOTA, 1)
            .await;
        if shared.allowed {
            Err("it counts for itself")
        } else {
            Ok(())
        }
    })
    .await;
}

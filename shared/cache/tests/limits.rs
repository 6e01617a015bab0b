//! Limits with a real server: shared while it is there, alone while it is not, and only what Dragonfly can do.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kith_cache::{COMMANDS, Cache};
use kith_testkit::{Redis, until};
use kith_types::{LimitKey, Limiter, ManualClock, Quota, Timestamp};

const QUOTA: Quota = Quota::new(5, Duration::from_secs(5));

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_millis(1_795_255_200_000)))
}

async fn connect(redis: &Redis, namespace: &str) -> Cache {
    let cache = Cache::connect(&redis.url().into(), namespace).expect("the address is right");
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
    connected(&cache).await;
    // The failure before has made it pause; the clock says that the pause is over.
    clock.advance(2000);
    assert_eq!(limiter.take(&key, QUOTA, 1).await.remaining, 4);
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

#[tokio::test]
async fn the_server_sees_only_commands_that_are_declared_and_that_dragonfly_supports() {
    let redis = Redis::start().await;
    let cache = connect(&redis, "commands").await;
    let limiter = cache.limiter(clock());
    limiter.take(&LimitKey::new("test", "dee"), QUOTA, 1).await;
    cache.probe().await.unwrap();
    let declared: BTreeSet<&str> = COMMANDS.iter().copied().collect();
    let supported: BTreeSet<&str> = include_str!("dragonfly-commands.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    assert!(declared.is_subset(&supported), "{declared:?}");
    let seen = redis.commands_seen().await;
    // The question itself is `info`, which is declared.
    let undeclared: Vec<_> = seen
        .iter()
        .filter(|name| !declared.contains(name.as_str()))
        .collect();
    assert!(undeclared.is_empty(), "undeclared: {undeclared:?}");
}

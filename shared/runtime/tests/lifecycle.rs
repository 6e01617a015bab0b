//! How tasks end, and in which order.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kith_runtime::{Ending, Lifecycle};

type Journal = Arc<Mutex<Vec<&'static str>>>;

fn note(journal: &Journal, what: &'static str) {
    journal.lock().expect("nobody panics inside").push(what);
}

fn crash() {
    panic!("on purpose")
}

#[tokio::test]
async fn what_settles_waits_until_all_work_is_done() {
    let lifecycle = Lifecycle::new();
    let journal = Journal::default();
    let (own, log) = (lifecycle.clone(), journal.clone());
    lifecycle.spawn_settling("relay", async move {
        own.settling().await;
        note(&log, "relay settles");
    });
    let (own, log) = (lifecycle.clone(), journal.clone());
    lifecycle.spawn("server", async move {
        own.stopping().await;
        note(&log, "server stops accepting");
        tokio::task::yield_now().await;
        note(&log, "server has drained");
    });
    let (own, log) = (lifecycle.clone(), journal.clone());
    lifecycle.spawn_for_client("socket", async move {
        own.stopping().await;
        note(&log, "socket is told");
    });
    let end = lifecycle.clone().run_to_end();
    lifecycle.stop();
    assert!(lifecycle.is_stopping());
    assert_eq!(end.await, Ending::Orderly);
    let journal = journal.lock().unwrap();
    assert_eq!(journal.len(), 4);
    assert_eq!(journal[3], "relay settles");
}

#[tokio::test]
async fn a_task_that_panics_ends_the_process_as_crashed() {
    let lifecycle = Lifecycle::new();
    let own = lifecycle.clone();
    lifecycle.spawn("bystander", async move { own.stopping().await });
    lifecycle.spawn("culprit", async { crash() });
    assert_eq!(lifecycle.run_to_end().await, Ending::Crashed);
    assert_eq!(Ending::Crashed.exit_code(), 1);
}

#[tokio::test]
async fn a_task_that_fails_ends_the_process_as_crashed() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn_settling("culprit", async {
        Err::<(), _>(std::io::Error::other("on purpose"))
    });
    assert_eq!(lifecycle.run_to_end().await, Ending::Crashed);
}

#[tokio::test]
async fn a_clients_task_that_panics_ends_only_itself() {
    let lifecycle = Lifecycle::new();
    let (done, is_done) = tokio::sync::oneshot::channel::<()>();
    lifecycle.spawn_for_client("socket", async move {
        let _held = done;
        panic!("on purpose")
    });
    assert!(is_done.await.is_err());
    assert!(!lifecycle.is_stopping());
    lifecycle.stop();
    assert_eq!(lifecycle.run_to_end().await, Ending::Orderly);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_does_not_end_is_dropped_after_the_grace() {
    let lifecycle = Lifecycle::new();
    let (done, is_done) = tokio::sync::oneshot::channel::<()>();
    lifecycle.spawn("stubborn", async move {
        let _held = done;
        std::future::pending::<()>().await;
    });
    lifecycle.stop();
    assert_eq!(lifecycle.run_to_end().await, Ending::TimedOut);
    assert!(is_done.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ends_well_ends_nothing_else() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("one_shot", async {});
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert!(!lifecycle.is_stopping());
}

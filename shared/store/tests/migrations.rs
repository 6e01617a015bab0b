//! The schema goes up and down, from the binary's own copy of the migrations.

use std::sync::Arc;

use kith_store::{Store, StoreSettings};
use kith_testkit::Postgres;
use kith_types::{OsEntropy, SystemClock};

#[tokio::test]
async fn every_step_can_be_applied_taken_back_and_applied_again() {
    let database = Postgres::shared().await.empty_database().await;
    let store = Store::connect(StoreSettings {
        url: database.url().to_owned().into(),
        max_connections: 4,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        traceparent: || None,
    })
    .unwrap();
    let steps = store.migrations().await.unwrap();
    assert!(!steps.is_empty() && steps.iter().all(|step| !step.applied));
    let versions: Vec<i64> = steps.iter().map(|step| step.version).collect();
    assert_eq!(store.migrate_up().await.unwrap(), versions);
    assert_eq!(store.migrate_up().await.unwrap(), [0; 0]);
    assert!(
        store
            .migrations()
            .await
            .unwrap()
            .iter()
            .all(|step| step.applied)
    );
    for version in versions.iter().rev() {
        assert_eq!(store.migrate_down().await.unwrap(), Some(*version));
    }
    assert_eq!(store.migrate_down().await.unwrap(), None);
    assert_eq!(store.migrate_up().await.unwrap(), versions);
    store.renew_worker().await.unwrap();
    let probed = store.probe().await.unwrap();
    assert!(!probed.read_only && probed.clock_skew_millis.abs() < 1000);
}

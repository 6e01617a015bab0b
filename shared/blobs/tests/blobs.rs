//! Objects in a real Garage.

use std::error::Error;

use bytes::Bytes;
use kith_blobs::{BlobError, Blobs, BlobsSettings, PART_BYTES};
use kith_testkit::{Garage, free_port};

fn blobs(endpoint: String, bucket: String, secret_key: &str) -> Blobs {
    Blobs::new(&BlobsSettings {
        endpoint,
        region: Garage::REGION.to_owned(),
        bucket,
        access_key: Garage::ACCESS_KEY.to_owned(),
        secret_key: secret_key.to_owned().into(),
    })
}

async fn own_bucket() -> Blobs {
    let garage = Garage::shared().await;
    let blobs = blobs(garage.url(), garage.bucket(), Garage::SECRET_KEY);
    blobs
        .ensure_bucket()
        .await
        .expect("the key may make buckets");
    blobs
}

async fn whole(blobs: &Blobs, key: &str) -> Result<Vec<u8>, BlobError> {
    blobs.fetch(key, None).await?.whole(usize::MAX).await
}

#[tokio::test]
async fn an_object_comes_back_whole_and_in_parts_until_it_is_removed() {
    let blobs = own_bucket().await;
    assert!(matches!(whole(&blobs, "a").await, Err(BlobError::NotFound)));
    blobs
        .put("a", Bytes::from_static(b"0123456789"))
        .await
        .unwrap();
    assert_eq!(whole(&blobs, "a").await.unwrap(), b"0123456789");
    let part = blobs.fetch("a", Some(3..6)).await.unwrap();
    assert_eq!(part.whole(3).await.unwrap(), b"345");
    let beyond = blobs.fetch("a", Some(10..11)).await;
    assert!(matches!(beyond, Err(BlobError::OutOfRange)));
    let too_much = blobs.fetch("a", None).await.unwrap().whole(9).await;
    assert!(matches!(too_much, Err(BlobError::OutOfRange)));
    blobs
        .put("a", Bytes::from_static(b"another"))
        .await
        .unwrap();
    assert_eq!(whole(&blobs, "a").await.unwrap(), b"another");
    blobs.remove("a").await.unwrap();
    assert!(matches!(whole(&blobs, "a").await, Err(BlobError::NotFound)));
    // It is gone already.
    blobs.remove("a").await.unwrap();
}

#[tokio::test]
async fn what_is_sent_in_parts_is_there_once_it_is_finished() {
    let blobs = own_bucket().await;
    let mut upload = blobs.begin("large").await.unwrap();
    upload.part(vec![1; PART_BYTES].into()).await.unwrap();
    upload.part(vec![2; 3].into()).await.unwrap();
    assert!(matches!(
        whole(&blobs, "large").await,
        Err(BlobError::NotFound)
    ));
    upload.finish().await.unwrap();
    let bytes = whole(&blobs, "large").await.unwrap();
    assert_eq!(
        (bytes.len(), bytes[0], bytes[PART_BYTES]),
        (PART_BYTES + 3, 1, 2)
    );
}

#[tokio::test]
async fn removing_takes_what_was_never_finished_too() {
    let blobs = own_bucket().await;
    let mut abandoned = blobs.begin("broken-off").await.unwrap();
    abandoned.part(vec![1; PART_BYTES].into()).await.unwrap();
    blobs.remove("broken-off").await.unwrap();
    // Its parts are gone: nothing can be made of them any more.
    assert!(abandoned.finish().await.is_err());
    assert!(matches!(
        whole(&blobs, "broken-off").await,
        Err(BlobError::NotFound)
    ));
}

#[tokio::test]
async fn who_may_not_is_told_from_who_cannot_reach_it() {
    let garage = Garage::shared().await;
    let stranger = blobs(
        garage.url(),
        garage.bucket(),
        "another secret than the real one",
    );
    let refused = stranger.put("a", Bytes::new()).await;
    assert!(matches!(refused, Err(BlobError::Refused(_))), "{refused:?}");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let away = blobs(nobody, String::from("none"), Garage::SECRET_KEY);
    let unreachable = away.put("a", Bytes::new()).await;
    assert!(
        matches!(unreachable, Err(BlobError::Unavailable(_))),
        "{unreachable:?}"
    );
    let absent = blobs(garage.url(), garage.bucket(), Garage::SECRET_KEY);
    let no_bucket = absent.fetch("a", None).await.map(|_| ());
    assert!(
        matches!(no_bucket, Err(BlobError::Refused(_))),
        "{no_bucket:?}"
    );
    own_bucket().await.probe().await.unwrap();
}

#[tokio::test]
async fn a_server_that_stands_still_is_noticed_before_and_in_the_middle_of_an_object() {
    let garage = Garage::start().await;
    let blobs = blobs(garage.url(), garage.bucket(), Garage::SECRET_KEY);
    blobs.ensure_bucket().await.unwrap();
    // More than what lies on the way between the server and us.
    let size = 64 * 1024 * 1024;
    blobs.put("a", vec![7; size].into()).await.unwrap();
    let mut fetched = blobs.fetch("a", None).await.unwrap();
    fetched.next().await.expect("there is more").unwrap();
    garage.freeze();
    let silent = |error: BlobError| {
        let cause = error.source().map(ToString::to_string);
        assert!(
            matches!(error, BlobError::Unavailable(_))
                && cause.is_some_and(|cause| cause.contains("no sign of life")),
            "{error:?}"
        );
    };
    let rest = async {
        loop {
            match fetched.next().await.expect("it did not end") {
                Ok(_) => {}
                Err(error) => return error,
            }
        }
    };
    let (put, rest) = tokio::join!(blobs.put("b", Bytes::from_static(b"b")), rest);
    silent(put.unwrap_err());
    silent(rest);
    garage.thaw();
    assert_eq!(whole(&blobs, "a").await.unwrap().len(), size);
}

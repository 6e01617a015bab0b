//! What an operator does, on real engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use kith_blobs::{BlobError, Blobs, BlobsSettings, PART_BYTES};
use kith_testkit::{Garage, LiveKit, Nats, Postgres, Redis, free_port, workspace};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

/// Runs the program with `input` on its standard input.
fn kith(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kith"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

/// What it printed, if it succeeded.
#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", complaint(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn the_database_is_brought_up_and_down_and_up_again() {
    let database = Postgres::shared().await.empty_database().await;
    let environment = [("KITH_POSTGRES_URL", database.url())];
    let migrate = |arguments: &[&str]| kith(&[&["migrate"], arguments].concat(), &environment, "");

    assert!(done(&migrate(&["status"])).contains("missing"));
    assert!(done(&migrate(&["up"])).contains("applied step"));
    assert_eq!(done(&migrate(&["up"])), "the database is up to date\n");
    assert!(!done(&migrate(&["status"])).contains("missing"));

    let refused = migrate(&["down"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(complaint(&refused).contains("--yes"));
    while done(&migrate(&["down", "--yes"])).starts_with("took back") {}
    assert!(!done(&migrate(&["status"])).contains("applied"));
    assert!(done(&migrate(&["up"])).contains("applied step"));
}

#[tokio::test]
async fn an_account_is_made_once_with_a_given_or_a_made_up_password() {
    let database = Postgres::shared().await.database().await;
    let environment = [("KITH_POSTGRES_URL", database.url())];
    let admin = |arguments: &[&str], input: &str| {
        kith(&[&["admin"], arguments].concat(), &environment, input)
    };

    let made = done(&admin(&["user", "create", "alice"], ""));
    let (id, password) = made.trim().split_once("\npassword: ").unwrap();
    assert_eq!((id.len(), password.len()), (26, 24));
    let again = admin(&["user", "create", "alice"], "");
    assert_eq!(again.status.code(), Some(1));
    assert!(complaint(&again).contains("taken"), "{}", complaint(&again));

    let arguments = [
        "user",
        "create",
        "loader",
        "--password-stdin",
        "--unlimited",
    ];
    assert_eq!(done(&admin(&arguments, "correct horse\n")).trim().len(), 26);
    let weak = admin(&["user", "create", "bob", "--password-stdin"], "short\n");
    assert!(
        complaint(&weak).contains("password"),
        "{}",
        complaint(&weak)
    );

    assert_eq!(
        done(&admin(&["grant-instance-admin", "alice"], "")).trim(),
        id
    );
    assert_eq!(
        done(&admin(&["grant-instance-admin", "alice", "--revoke"], "")).trim(),
        id
    );
    assert_eq!(done(&admin(&["lift-limits", "alice"], "")).trim(), id);
    assert_eq!(
        done(&admin(&["lift-limits", "alice", "--restore"], "")).trim(),
        id
    );
    let nobody = admin(&["lift-limits", "nobody"], "");
    assert_eq!(nobody.status.code(), Some(1));
    assert!(complaint(&nobody).contains("no account nobody"));
}

/// The lines of the doctor's table that say that something is wrong. Tests run Postgres without its protection against power
/// cuts, which it rightly complains of.
fn wrong(output: &Output) -> Vec<String> {
    let table = String::from_utf8(output.stdout.clone()).unwrap();
    let is_meant = |line: &&str| line.contains("WRONG") && !line.contains("is off");
    table.lines().filter(is_meant).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_doctor_tells_what_is_wrong_with_each_engine_and_what_to_do() {
    let postgres = Postgres::shared().await;
    let (migrated, empty) = (postgres.database().await, postgres.empty_database().await);
    let rights = std::fs::read_to_string(workspace().join("deploy/nats.conf")).unwrap();
    let passwords = [
        ("KITH_API_NATS_PASSWORD", "pa"),
        ("KITH_GATEWAY_NATS_PASSWORD", "pg"),
        ("KITH_PRESENCE_NATS_PASSWORD", "pp"),
        ("KITH_MEDIA_NATS_PASSWORD", "pm"),
        ("KITH_SEARCH_NATS_PASSWORD", "ps"),
        ("KITH_FEDERATION_NATS_PASSWORD", "pf"),
        ("KITH_OPS_NATS_PASSWORD", "po"),
    ];
    let nats = Nats::with_config(&rights, &passwords).await;
    let redis = Redis::start().await;
    let livekit = LiveKit::start("http://127.0.0.1:1/livekit/webhook").await;
    let (nats_url, redis_url) = (nats.url(), redis.url());
    let (livekit_url, udp) = (livekit.url(), livekit.udp_port().to_string());
    let (tcp, closed) = (livekit.tcp_port().to_string(), free_port().to_string());
    let garage = Garage::shared().await;
    let (objects_url, bucket) = (garage.url(), garage.bucket());
    let healthy = vec![
        ("KITH_POSTGRES_URL", migrated.url()),
        ("KITH_NATS_URL", nats_url.as_str()),
        ("KITH_CACHE_URL", redis_url.as_str()),
        ("KITH_SECURITY_SESSION_KEY", KEY),
        ("KITH_OBJECTS_ENDPOINT", objects_url.as_str()),
        ("KITH_OBJECTS_BUCKET", bucket.as_str()),
        ("KITH_OBJECTS_ACCESS_KEY", Garage::ACCESS_KEY),
        ("KITH_OBJECTS_SECRET_KEY", Garage::SECRET_KEY),
        ("KITH_API_NATS_PASSWORD", "pa"),
        ("KITH_GATEWAY_NATS_PASSWORD", "pg"),
        ("KITH_PRESENCE_NATS_PASSWORD", "pp"),
        ("KITH_MEDIA_NATS_PASSWORD", "pm"),
        ("KITH_SEARCH_NATS_PASSWORD", "ps"),
        ("KITH_FEDERATION_NATS_PASSWORD", "pf"),
        ("KITH_LIVEKIT_URL", livekit_url.as_str()),
        ("KITH_LIVEKIT_API_KEY", LiveKit::KEY),
        ("KITH_LIVEKIT_API_SECRET", LiveKit::SECRET),
        ("KITH_LIVEKIT_UDP_PORT", udp.as_str()),
        ("KITH_LIVEKIT_TCP_PORT", tcp.as_str()),
    ];
    let doctor = |changes: &[(&str, &str)]| {
        let environment = [&healthy, changes].concat();
        kith(&["doctor"], &environment, "")
    };

    let output = doctor(&[]);
    let table = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(wrong(&output), [""; 0], "{table}");
    for expected in [
        "PostgreSQL",
        "NATS",
        "JetStream",
        "cache",
        "redis",
        "search",
        "LiveKit",
        // It counts them once it has taken the key.
        "rooms",
        "takes media by TCP",
        "is not refused",
        "the clocks agree",
    ] {
        let found = table.contains(expected)
            || expected == "the clocks agree" && table.contains("its clock is");
        assert!(found, "{expected} is missing in\n{table}");
    }

    let found = wrong(&doctor(&[("KITH_POSTGRES_URL", empty.url())]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("kith migrate up"));

    let output = doctor(&[("KITH_GATEWAY_NATS_PASSWORD", "wrong")]);
    let found = wrong(&output);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("refuses the user gateway"));
    assert_eq!(output.status.code(), Some(1));

    let found = wrong(&doctor(&[(
        "KITH_LIVEKIT_API_SECRET",
        "not the secret of that key",
    )]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("LiveKit"), "{found:?}");
    let output = doctor(&[("KITH_LIVEKIT_UDP_PORT", &closed)]);
    let found = wrong(&output);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("by UDP"), "{found:?}");

    // Ports where nobody listens: 1 is for a service that nobody runs.
    let output = doctor(&[
        ("KITH_POSTGRES_URL", "postgres://kith@127.0.0.1:1/kith"),
        ("KITH_NATS_URL", "nats://127.0.0.1:1"),
        ("KITH_CACHE_URL", "redis://127.0.0.1:1"),
    ]);
    let found = wrong(&output);
    assert_eq!(found.len(), 2, "{found:?}");
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("cache.url"), "{table}");
}

#[tokio::test]
async fn the_files_of_another_store_are_put_into_this_one() {
    let garage = Garage::shared().await;
    let (url, bucket) = (garage.url(), garage.bucket());
    let environment = [
        ("KITH_POSTGRES_URL", "postgres://nobody@127.0.0.1/none"),
        ("KITH_NATS_URL", "nats://127.0.0.1"),
        ("KITH_CACHE_URL", "redis://127.0.0.1"),
        ("KITH_SECURITY_SESSION_KEY", KEY),
        ("KITH_MEDIA_NATS_PASSWORD", "unused"),
        ("KITH_LIVEKIT_API_KEY", LiveKit::KEY),
        ("KITH_LIVEKIT_API_SECRET", LiveKit::SECRET),
        ("KITH_OBJECTS_ENDPOINT", url.as_str()),
        ("KITH_OBJECTS_BUCKET", bucket.as_str()),
        ("KITH_OBJECTS_ACCESS_KEY", Garage::ACCESS_KEY),
        ("KITH_OBJECTS_SECRET_KEY", Garage::SECRET_KEY),
    ];
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("files-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("thumbnails")).unwrap();
    let large: Vec<u8> = (0..=PART_BYTES).map(|byte| byte as u8).collect();
    std::fs::write(folder.join("one"), "small").unwrap();
    std::fs::write(folder.join("thumbnails/two"), &large).unwrap();
    std::fs::write(folder.join(".of-the-other-store"), "its own").unwrap();
    let path = folder.to_str().unwrap();
    // Once more, as after a break.
    for _ in 0..2 {
        let said = done(&kith(&["admin", "import-files", path], &environment, ""));
        assert_eq!(said, format!("2 files are in {bucket} now\n"));
    }
    let blobs = Blobs::new(&BlobsSettings {
        endpoint: url.clone(),
        region: Garage::REGION.to_owned(),
        bucket: bucket.clone(),
        access_key: Garage::ACCESS_KEY.to_owned(),
        secret_key: Garage::SECRET_KEY.to_owned().into(),
    });
    let stored = async |key| {
        let found = blobs.fetch(key, None).await?;
        found.whole(2 * PART_BYTES).await
    };
    assert_eq!(stored("one").await.unwrap(), b"small");
    assert!(stored("thumbnails/two").await.unwrap() == large);
    let own = stored(".of-the-other-store").await;
    assert!(matches!(own, Err(BlobError::NotFound)));
    std::fs::remove_dir_all(&folder).unwrap();

    let missing = kith(&["admin", "import-files", path], &environment, "");
    assert_eq!(missing.status.code(), Some(1));
    assert!(complaint(&missing).contains("cannot be read"));
}

//! How the program starts, tells of itself, and ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};

use kith_testkit::{Nats, Postgres, free_port, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

/// The program as it runs, killed when the test ends.
struct Kith {
    child: Child,
    ops: u16,
}

impl Kith {
    fn start(role: &str, ops: u16, environment: &[(&str, &str)]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_kith"))
            .args(["run", "--role", role])
            .env_clear()
            .env("KITH_OPS_LISTEN", format!("127.0.0.1:{ops}"))
            .envs(environment.iter().copied())
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        Self { child, ops }
    }

    /// Waits until the page has a text in it; the page.
    async fn page_with(&self, path: &str, expected: &str) -> String {
        until(expected, async || {
            let page = get(self.ops, path)
                .await
                .map_err(|error| error.to_string())?;
            if page.contains(expected) {
                Ok(page)
            } else {
                Err(page)
            }
        })
        .await
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    async fn ended(&mut self) -> ExitStatus {
        until("the process ends", async || {
            self.child.try_wait().unwrap().ok_or("it still runs")
        })
        .await
    }
}

impl Drop for Kith {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn get(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_gateway_waits_for_nats_says_so_and_ends_in_order() {
    let (port, ops, nats) = (free_port(), free_port(), free_port());
    let listen = format!("127.0.0.1:{port}");
    let nats = format!("nats://127.0.0.1:{nats}");
    let mut gateway = Kith::start(
        "gateway",
        ops,
        &[
            ("KITH_GATEWAY_LISTEN", &listen),
            ("KITH_NATS_URL", &nats),
            ("KITH_GATEWAY_NATS_PASSWORD", "p"),
            ("KITH_SECURITY_SESSION_KEY", KEY),
        ],
    );
    gateway.page_with("/health/live", "200 OK").await;
    let ready = gateway.page_with("/health/ready", "not_ready").await;
    assert!(
        ready.starts_with("HTTP/1.1 503") && ready.contains(r#"{"name":"event_stream"#),
        "{ready}"
    );
    gateway.signal("TERM");
    assert_eq!(gateway.ended().await.code(), Some(0));
}

/// An api with one request under way that never ends, so that its orderly end takes long.
async fn busy_api() -> (Kith, TcpStream, impl Sized) {
    let database = Postgres::shared().await.database().await;
    let nats = Nats::start().await;
    let (port, ops, cache) = (free_port(), free_port(), free_port());
    let listen = format!("127.0.0.1:{port}");
    let cache = format!("redis://127.0.0.1:{cache}");
    let environment = [
        ("KITH_API_LISTEN", listen.as_str()),
        ("KITH_POSTGRES_URL", database.url()),
        ("KITH_NATS_URL", &nats.url()),
        ("KITH_API_NATS_PASSWORD", "p"),
        ("KITH_CACHE_URL", &cache),
    ];
    let api = Kith::start("api", ops, &environment);
    api.page_with("/health/ready", "200 OK").await;
    let mut request = TcpStream::connect(&listen).await.unwrap();
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n\
        Content-Length: 100\r\nExpect: 100-continue\r\n\r\n";
    request.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body once a handler waits for it.
    let mut go_on = [0; 12];
    request.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100");
    (api, request, nats)
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    let (mut api, _request, _nats) = busy_api().await;
    api.signal("TERM");
    api.page_with("/health/ready", "stopping").await;
    assert_eq!(
        api.child.try_wait().unwrap(),
        None,
        "it finishes what is under way"
    );
    api.signal("INT");
    let status = api.ended().await;
    assert_eq!((status.code(), status.signal()), (Some(130), None));
}

#[tokio::test]
async fn what_is_under_way_is_answered_before_the_end() {
    let (mut api, mut request, _nats) = busy_api().await;
    api.signal("TERM");
    api.page_with("/health/ready", "stopping").await;
    request.write_all(&[b' '; 100]).await.unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.contains("HTTP/1.1 4"),
        "an empty body is refused, not cut off: {answer}"
    );
    assert_eq!(api.ended().await.code(), Some(0));
}

#[tokio::test]
async fn all_services_in_one_process_are_ready_tell_their_figures_and_end_in_order() {
    let database = Postgres::shared().await.database().await;
    let nats = Nats::start().await;
    let (api, gateway, cache) = (free_port(), free_port(), free_port());
    let (federation, media) = (free_port(), free_port());
    let keys = format!("{}/all-{federation}.keys", env!("CARGO_TARGET_TMPDIR"));
    let environment = [
        ("KITH_API_LISTEN", format!("127.0.0.1:{api}")),
        ("KITH_GATEWAY_LISTEN", format!("127.0.0.1:{gateway}")),
        ("KITH_FEDERATION_LISTEN", format!("127.0.0.1:{federation}")),
        ("KITH_FEDERATION_NATS_PASSWORD", "pf".to_owned()),
        ("KITH_FEDERATION_KEY_PATH", keys),
        ("KITH_MEDIA_LISTEN", format!("127.0.0.1:{media}")),
        ("KITH_MEDIA_NATS_PASSWORD", "pm".to_owned()),
        // Without its store a process is as ready: files are away, and nothing else.
        ("KITH_OBJECTS_ENDPOINT", "http://127.0.0.1:1".to_owned()),
        ("KITH_OBJECTS_ACCESS_KEY", "nobody".to_owned()),
        ("KITH_OBJECTS_SECRET_KEY", "asks for it".to_owned()),
        ("KITH_POSTGRES_URL", database.url().to_owned()),
        ("KITH_NATS_URL", nats.url()),
        ("KITH_API_NATS_PASSWORD", "pa".to_owned()),
        ("KITH_GATEWAY_NATS_PASSWORD", "pg".to_owned()),
        ("KITH_PRESENCE_NATS_PASSWORD", "pp".to_owned()),
        ("KITH_SEARCH_NATS_PASSWORD", "ps".to_owned()),
        ("KITH_CACHE_URL", format!("redis://127.0.0.1:{cache}")),
        ("KITH_SECURITY_SESSION_KEY", KEY.to_owned()),
    ];
    let borrowed = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let mut all = Kith::start("all", free_port(), &borrowed);
    all.page_with("/health/ready", "200 OK").await;
    let figures = all
        .page_with("/metrics", "process_resident_memory_bytes")
        .await;
    assert!(figures.contains("kith_tasks{task=\"api\"} 1"), "{figures}");
    assert!(
        figures.contains("kith_tasks{task=\"gateway\"} 1"),
        "{figures}"
    );
    assert!(
        figures.contains("kith_tasks{task=\"presence_reaper\"} 1"),
        "{figures}"
    );
    assert!(
        figures.contains("kith_tasks{task=\"media\"} 1"),
        "{figures}"
    );
    assert!(
        figures.contains("kith_tasks{task=\"search\"} 1"),
        "{figures}"
    );
    assert!(
        figures.contains("kith_tasks{task=\"federation\"} 1"),
        "{figures}"
    );
    all.signal("INT");
    assert_eq!(all.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_exit_code_1() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let free = format!("127.0.0.1:{}", free_port());
    for (ops, gateway) in [(&taken, &free), (&free, &taken)] {
        let output = Command::new(env!("CARGO_BIN_EXE_kith"))
            .args(["run", "--role", "gateway"])
            .env_clear()
            .envs([
                ("KITH_OPS_LISTEN", ops.as_str()),
                ("KITH_GATEWAY_LISTEN", gateway.as_str()),
                ("KITH_NATS_URL", "nats://127.0.0.1:1"),
                ("KITH_GATEWAY_NATS_PASSWORD", "p"),
                ("KITH_SECURITY_SESSION_KEY", KEY),
            ])
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("in use"), "{told}");
    }
}

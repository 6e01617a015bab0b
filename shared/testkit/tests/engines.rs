//! The engines start, die and come back as the other crates' tests need it.

use std::process::{Command, Stdio};
use std::sync::Arc;

use futures_util::StreamExt;
use kith_testkit::{
    Folder, Launch, Nats, Postgres, Process, Proxy, Redis, RunAs, free_port, until,
};
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn databases_have_the_migrations_and_share_nothing() {
    let server = Postgres::shared().await;
    let (first, second) = tokio::join!(server.database(), server.database());
    let mut one = PgConnection::connect(first.url()).await.unwrap();
    let mut two = PgConnection::connect(second.url()).await.unwrap();
    one.execute("INSERT INTO instances (id, domain, created_at) VALUES (7, 'other', 'epoch')")
        .await
        .unwrap();
    let count = |row: sqlx::postgres::PgRow| row.get::<i64, _>(0);
    assert_eq!(
        one.fetch_one("SELECT count(*) FROM instances")
            .await
            .map(count)
            .unwrap(),
        2
    );
    assert_eq!(
        two.fetch_one("SELECT count(*) FROM instances")
            .await
            .map(count)
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_killed_postgres_comes_back_with_its_data() {
    let mut server = Postgres::start().await;
    let database = server.empty_database().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    connection
        .execute("CREATE TABLE kept AS SELECT 1 AS one")
        .await
        .unwrap();
    server.kill();
    assert!(PgConnection::connect(database.url()).await.is_err());
    server.restart().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    connection.execute("SELECT one FROM kept").await.unwrap();
}

#[tokio::test]
async fn a_killed_nats_keeps_its_stream_and_an_emptied_one_does_not() {
    let mut server = Nats::start().await;
    let subjects = || async_nats::jetstream::stream::Config {
        name: String::from("KEPT"),
        subjects: vec![String::from("kept.>")],
        ..Default::default()
    };
    let jetstream = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    jetstream.create_stream(subjects()).await.unwrap();
    jetstream
        .publish("kept.one", "hello".into())
        .await
        .unwrap()
        .await
        .unwrap();
    server.restart().await;
    let jetstream = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    assert_eq!(
        jetstream
            .get_stream("KEPT")
            .await
            .unwrap()
            .cached_info()
            .state
            .messages,
        1
    );
    server.restart_empty().await;
    let jetstream = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    assert!(jetstream.get_stream("KEPT").await.is_err());
}

#[tokio::test]
async fn a_frozen_server_answers_after_it_is_thawed() {
    let server = Redis::start().await;
    let mut connection = TcpStream::connect(("127.0.0.1", server.port()))
        .await
        .unwrap();
    server.freeze();
    connection.write_all(b"PING\r\n").await.unwrap();
    let mut answer = [0; 7];
    let short = std::time::Duration::from_millis(50);
    assert!(
        tokio::time::timeout(short, connection.read_exact(&mut answer))
            .await
            .is_err()
    );
    server.thaw();
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

#[tokio::test]
async fn sessions_of_a_frozen_postgres_answer_after_it_is_thawed() {
    let server = Postgres::start().await;
    let database = server.empty_database().await;
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    server.freeze();
    let mut answer = Box::pin(sqlx::query_scalar::<_, i32>("SELECT 7").fetch_one(&mut session));
    let short = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(short, &mut answer).await.is_err());
    server.thaw();
    assert_eq!(answer.await.unwrap(), 7);
}

#[tokio::test]
async fn a_proxy_stalls_without_loss_and_cuts_without_mercy() {
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let proxy = Proxy::start(port);
    let mut client = TcpStream::connect(("127.0.0.1", proxy.port()))
        .await
        .unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    let mut read = [0; 3];
    client.write_all(b"one").await.unwrap();
    server.read_exact(&mut read).await.unwrap();

    proxy.stall();
    client.write_all(b"two").await.unwrap();
    let short = std::time::Duration::from_millis(50);
    assert!(
        tokio::time::timeout(short, server.peek(&mut read))
            .await
            .is_err()
    );
    proxy.resume();
    server.read_exact(&mut read).await.unwrap();
    assert_eq!(&read, b"two");

    proxy.cut();
    assert!(matches!(client.read(&mut read).await, Ok(0) | Err(_)));
    let mut refused = TcpStream::connect(("127.0.0.1", proxy.port()))
        .await
        .unwrap();
    assert!(matches!(refused.read(&mut read).await, Ok(0) | Err(_)));
    proxy.resume();
    let mut client = TcpStream::connect(("127.0.0.1", proxy.port()))
        .await
        .unwrap();
    client.write_all(b"six").await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    server.read_exact(&mut read).await.unwrap();
    assert_eq!(&read, b"six");
}

#[tokio::test]
async fn a_process_says_how_it_ended() {
    let folder = Arc::new(Folder::new("shell", RunAs::Me));
    let launch = Launch {
        name: String::from("shell"),
        program: "sh".into(),
        arguments: vec!["-c".into(), "echo hello; exit 78".into()],
        environment: Vec::new(),
        folder,
        run_as: RunAs::Me,
        last_signal: "KILL",
    };
    let mut process = Process::start(launch);
    assert_eq!(process.wait().code(), Some(78));
    assert_eq!(process.log(), "hello\n");
    assert!(!process.is_running());
}

/// What the test below runs as a test process of its own, and kills.
#[tokio::test]
#[ignore = "waits to be killed by the test below"]
async fn holds_a_server_until_it_is_killed() {
    let mut server = Redis::start().await;
    let postgres = Postgres::start().await;
    // Frozen, for what does not hear anything must not stay either.
    let database = postgres.empty_database().await;
    let _session = PgConnection::connect(database.url()).await.unwrap();
    postgres.freeze();
    println!(
        "\nPORTS {} {} PID {}",
        server.port(),
        postgres.port(),
        server.process().id()
    );
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn engines_die_with_a_test_process_that_is_killed() {
    let mut tests = Command::new(std::env::current_exe().unwrap())
        .args([
            "holds_a_server_until_it_is_killed",
            "--ignored",
            "--exact",
            "--nocapture",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = tokio::process::ChildStdout::from_std(tests.stdout.take().unwrap()).unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(output));
    let ports = loop {
        let line = lines
            .next_line()
            .await
            .unwrap()
            .expect("it prints its ports");
        if let Some(ports) = line.strip_prefix("PORTS ") {
            break ports
                .split(' ')
                .filter_map(|word| word.parse().ok())
                .take(2)
                .collect::<Vec<u16>>();
        }
    };
    tests.kill().unwrap();
    tests.wait().unwrap();
    for port in &ports {
        until("the engine ends", async || {
            match TcpStream::connect(("127.0.0.1", *port)).await {
                Ok(_) => Err("it still accepts connections"),
                Err(_) => Ok(()),
            }
        })
        .await;
    }
    until("their folders are removed", async || {
        let prefix = format!("kith-test-{}-", tests.id());
        let left = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let left = left
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
            .count();
        if left == 0 {
            Ok(())
        } else {
            Err(format!("{left} folders are left"))
        }
    })
    .await;
}

#[tokio::test]
async fn ports_are_given_once() {
    let mut ports: Vec<_> = futures_util::stream::iter(0..50)
        .map(|_| free_port())
        .collect()
        .await;
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 50);
}

//! Against real servers with TLS on loopback: what the client lets through, and which tricks fail.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use kith_outbound::{Bounds, LookUp, Outbound, OutboundError, OutboundSettings, Resolved};
use kith_testkit::{Folder, RunAs};
use kith_types::{Decision, LimitKey, Limiter, Quota, Taking};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const BOUNDS: Bounds = Bounds {
    bytes: 1000,
    total: Duration::from_secs(20),
    idle: Duration::from_secs(10),
};

/// A server with TLS that answers every request with the same bytes, and counts its connections.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    folder: Folder,
}

/// How a server goes on after its answer.
#[derive(Clone, Copy)]
enum Then {
    Close,
    /// Says no more, and keeps the connection.
    Wait,
}

impl Server {
    async fn start(names: &[&str], answer: Vec<u8>, then: Then) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = CertifiedIssuer::self_signed(authority, key).unwrap();
        let folder = Folder::new("outbound", RunAs::Me);
        std::fs::write(folder.path().join("roots.pem"), authority.pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).unwrap();
        let certificate = certificate.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        serve(listener, acceptor, counted, answer, then);
        Self {
            address,
            connections,
            folder,
        }
    }

    fn roots(&self) -> PathBuf {
        self.folder.path().join("roots.pem")
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test's server ends with the test's runtime"
)]
fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    counted: Arc<AtomicUsize>,
    answer: Vec<u8>,
    then: Then,
) {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => request.push(byte),
                        Err(_) => return,
                    }
                }
                let _ = stream.write_all(&answer).await;
                let _ = stream.flush().await;
                match then {
                    Then::Close => {
                        let _ = stream.shutdown().await;
                    }
                    Then::Wait => std::future::pending().await,
                }
            });
        }
    });
}

/// Counts in this process alone; the rest is the cache's business.
#[derive(Default)]
struct Counting(Mutex<u32>);

impl Limiter for Counting {
    fn take<'a>(&'a self, _: &'a LimitKey, quota: Quota, cost: u32) -> Taking<'a> {
        Box::pin(async move {
            let mut taken = self.0.lock().unwrap();
            *taken += cost;
            Decision {
                allowed: *taken <= quota.capacity(),
                retry_after: Duration::from_secs(7),
                remaining: quota.capacity().saturating_sub(*taken),
            }
        })
    }
}

/// Answers each question with the next of these, and the last one for ever.
struct Lying {
    answers: Vec<Vec<IpAddr>>,
    asked: Arc<AtomicUsize>,
}

impl LookUp for Lying {
    fn look_up(&self, _: &str) -> Resolved {
        let index = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[index.min(self.answers.len() - 1)].clone();
        Box::pin(async move { Ok::<_, io::Error>(answer) })
    }
}

fn settings(server: Option<&Server>, allowed: &[&str], name: &str) -> OutboundSettings {
    OutboundSettings {
        allowed_networks: allowed
            .iter()
            .map(|network| network.parse().unwrap())
            .collect(),
        hosts: server
            .map(|server| vec![(name.to_owned(), server.address)])
            .unwrap_or_default(),
        trusted_roots: server.map(Server::roots),
        per_host: Quota::new(100, Duration::from_secs(1)),
        limiter: Arc::new(Counting::default()),
    }
}

async fn get(client: &Outbound, url: &str) -> Result<(StatusCode, Bytes), OutboundError> {
    let request = Request::get(url).body(Bytes::new()).unwrap();
    let answer = client.send(request, BOUNDS).await?;
    Ok((answer.status(), answer.into_body()))
}

fn answer(head: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[tokio::test]
async fn a_host_whose_network_is_allowed_is_asked_by_its_name() {
    let server = Server::start(&["other.test"], answer("200 OK", "hello"), Then::Close).await;
    let client = Outbound::new(settings(Some(&server), &["127.0.0.0/8"], "other.test")).unwrap();
    let (status, body) = get(&client, "https://other.test/x").await.unwrap();
    assert_eq!((status, &body[..]), (StatusCode::OK, &b"hello"[..]));
    // The certificate is looked at: another name is not this host, and strangers' authorities are not trusted.
    let wrong = settings(Some(&server), &["127.0.0.0/8"], "wrong.test");
    let refused = get(&Outbound::new(wrong).unwrap(), "https://wrong.test/").await;
    assert!(
        matches!(refused, Err(OutboundError::Unreachable(_))),
        "{refused:?}"
    );
    let mut strange = settings(Some(&server), &["127.0.0.0/8"], "other.test");
    strange.trusted_roots = None;
    let refused = get(&Outbound::new(strange).unwrap(), "https://other.test/").await;
    assert!(
        matches!(refused, Err(OutboundError::Unreachable(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn nobody_connects_to_an_address_that_is_not_public_whatever_it_is_called() {
    let server = Server::start(&["other.test"], answer("200 OK", "secret"), Then::Close).await;
    // Also where the operator has written down where the host is: the address has to be allowed all the same.
    let client = Outbound::new(settings(Some(&server), &[], "other.test")).unwrap();
    let port = server.address.port();
    let hosts = [
        "other.test".to_owned(),
        "OTHER.test.".to_owned(),
        format!("127.0.0.1:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("[::ffff:7f00:1]:{port}"),
        format!("0.0.0.0:{port}"),
        format!("[::]:{port}"),
        format!("localhost:{port}"),
        format!("localhost.:{port}"),
        "169.254.169.254".to_owned(),
        "[64:ff9b::7f00:1]".to_owned(),
        "[2002:7f00:1::]".to_owned(),
    ];
    for host in &hosts {
        let refused = get(&client, &format!("https://{host}/")).await;
        assert!(
            matches!(refused, Err(OutboundError::Forbidden(..))),
            "{host}: {refused:?}"
        );
    }
    // Addresses in the spellings of old resolvers are no names that a certificate could be for.
    for host in ["127.1", "2130706433", "0x7f000001", "0177.0.0.1"] {
        let refused = get(&client, &format!("https://{host}:{port}/")).await;
        assert!(refused.is_err(), "{host}: {refused:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_name_that_answers_differently_the_second_time_gains_nothing() {
    let server = Server::start(&["rebinding.test"], answer("200 OK", "secret"), Then::Close).await;
    let port = server.address.port();
    // The first answer may be gone to, since it is allowed here, but nobody listens there; the second is the server.
    let asked = Arc::new(AtomicUsize::new(0));
    let look_up = Arc::new(Lying {
        answers: vec![
            vec!["127.9.9.9".parse().unwrap()],
            vec!["127.0.0.1".parse().unwrap()],
        ],
        asked: asked.clone(),
    });
    let mut first_only = settings(Some(&server), &["127.9.9.9/32"], "unused.test");
    first_only.hosts.clear();
    let client = Outbound::with_look_up(first_only, look_up).unwrap();
    let url = format!("https://rebinding.test:{port}/");
    let refused = get(&client, &url).await;
    assert!(
        matches!(refused, Err(OutboundError::Unreachable(_))),
        "{refused:?}"
    );
    // Resolved once for the connection, and what was checked is where it went.
    assert_eq!((asked.load(Ordering::SeqCst), server.connections()), (1, 0));
    let refused = get(&client, &url).await;
    assert!(
        matches!(refused, Err(OutboundError::Forbidden(..))),
        "{refused:?}"
    );
    assert_eq!((asked.load(Ordering::SeqCst), server.connections()), (2, 0));
}

#[tokio::test]
async fn one_private_address_among_public_ones_is_enough_to_refuse() {
    let look_up = Arc::new(Lying {
        answers: vec![vec![
            "1.1.1.1".parse().unwrap(),
            "10.0.0.1".parse().unwrap(),
        ]],
        asked: Arc::default(),
    });
    let client = Outbound::with_look_up(settings(None, &[], ""), look_up).unwrap();
    let refused = get(&client, "https://mixed.test/").await;
    let private: IpAddr = "10.0.0.1".parse().unwrap();
    assert!(
        matches!(refused, Err(OutboundError::Forbidden(address, "private use")) if address == private),
        "{refused:?}"
    );
    let nothing = Arc::new(Lying {
        answers: vec![Vec::new()],
        asked: Arc::default(),
    });
    let client = Outbound::with_look_up(settings(None, &[], ""), nothing).unwrap();
    let refused = get(&client, "https://nowhere.test/").await;
    assert!(
        matches!(refused, Err(OutboundError::Unresolved(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn only_https_to_a_host_without_a_password_is_asked() {
    let client = Outbound::new(settings(None, &["0.0.0.0/0"], "")).unwrap();
    for url in [
        "http://other.test/",
        "https://me:secret@other.test/",
        "/path",
        "ftp://other.test/",
    ] {
        let refused = get(&client, url).await;
        assert!(
            matches!(refused, Err(OutboundError::NotHttps)),
            "{url}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let location = "302 Found\r\nLocation: https://other.test/elsewhere";
    let server = Server::start(&["other.test"], answer(location, ""), Then::Close).await;
    let client = Outbound::new(settings(Some(&server), &["127.0.0.0/8"], "other.test")).unwrap();
    let refused = get(&client, "https://other.test/").await;
    assert!(
        matches!(refused, Err(OutboundError::Redirected(StatusCode::FOUND))),
        "{refused:?}"
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_whether_it_says_so_or_not() {
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n".to_vec();
    let mut silent = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    silent.extend(vec![b'x'; 1001]);
    for (bytes, then) in [(announced, Then::Wait), (silent, Then::Close)] {
        let server = Server::start(&["other.test"], bytes, then).await;
        let allowed = settings(Some(&server), &["127.0.0.0/8"], "other.test");
        let refused = get(&Outbound::new(allowed).unwrap(), "https://other.test/").await;
        assert!(
            matches!(refused, Err(OutboundError::TooLarge(1000))),
            "{refused:?}"
        );
    }
    let exactly = answer("200 OK", &"x".repeat(1000));
    let server = Server::start(&["other.test"], exactly, Then::Close).await;
    let allowed = settings(Some(&server), &["127.0.0.0/8"], "other.test");
    let (_, body) = get(&Outbound::new(allowed).unwrap(), "https://other.test/")
        .await
        .unwrap();
    assert_eq!(body.len(), 1000);
}

#[tokio::test]
async fn a_host_that_dribbles_or_says_nothing_is_given_up() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec();
    for bytes in [half, Vec::new()] {
        let server = Server::start(&["other.test"], bytes, Then::Wait).await;
        let allowed = settings(Some(&server), &["127.0.0.0/8"], "other.test");
        let client = Outbound::new(allowed).unwrap();
        let request = Request::get("https://other.test/")
            .body(Bytes::new())
            .unwrap();
        let impatient = Bounds {
            total: Duration::from_millis(1500),
            idle: Duration::from_millis(200),
            ..BOUNDS
        };
        let refused = client.send(request, impatient).await;
        assert!(
            matches!(refused, Err(OutboundError::TimedOut)),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_host_is_asked_so_often_and_no_more() {
    let server = Server::start(&["other.test"], answer("200 OK", ""), Then::Close).await;
    let mut twice = settings(Some(&server), &["127.0.0.0/8"], "other.test");
    twice.per_host = Quota::new(2, Duration::from_mins(1));
    let client = Outbound::new(twice).unwrap();
    for _ in 0..2 {
        get(&client, "https://other.test/").await.unwrap();
    }
    let refused = get(&client, "https://other.test/").await;
    let wait = Duration::from_secs(7);
    assert!(
        matches!(refused, Err(OutboundError::RateLimited(after)) if after == wait),
        "{refused:?}"
    );
}

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::free_port;

/// Enough for a burst; what does not fit waits in the kernel, as it would without a proxy.
const BUFFER: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Pass,
    Stall,
    Cut,
}

/// Stands between a client and an engine, and hurts their connections.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    mode: watch::Sender<Mode>,
}

impl Proxy {
    /// A proxy on a port of its own before `upstream`, a port of the loopback address. It ends when it is dropped.
    ///
    /// # Panics
    /// If it cannot listen.
    pub fn start(upstream: u16) -> Self {
        let port = free_port();
        let (mode, modes) = watch::channel(Mode::Pass);
        let upstream = SocketAddr::from(([127, 0, 0, 1], upstream));
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        listener
            .set_nonblocking(true)
            .expect("a socket can be asynchronous");
        // A thread of its own: a test that blocks its runtime does not stall the network as well.
        std::thread::Builder::new()
            .name(format!("proxy {port}"))
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime
                    .expect("a runtime can be made")
                    .block_on(serve(listener, upstream, modes));
            })
            .expect("a thread can be made");
        Self { port, mode }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends all connections, and every new one at once.
    pub fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
    }

    /// Lets nothing through any more, without ending anything: a network that swallows packets.
    pub fn stall(&self) {
        self.mode.send_replace(Mode::Stall);
    }

    /// Lets everything through again; after a stall nothing that was sent meanwhile is lost.
    pub fn resume(&self) {
        self.mode.send_replace(Mode::Pass);
    }
}

async fn serve(
    listener: std::net::TcpListener,
    upstream: SocketAddr,
    mut modes: watch::Receiver<Mode>,
) {
    let listener = TcpListener::from_std(listener).expect("it is asynchronous");
    let mut connections = tokio::task::JoinSet::new();
    let mut ends = modes.clone();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                if *modes.borrow_and_update() != Mode::Cut {
                    connections.spawn(connect(client, upstream, modes.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
            ended = ends.changed() => {
                if ended.is_err() {
                    return;
                }
            }
        }
    }
}

async fn connect(client: TcpStream, upstream: SocketAddr, modes: watch::Receiver<Mode>) {
    let Ok(Ok(server)) =
        tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(upstream)).await
    else {
        return;
    };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    let mut cut = modes.clone();
    tokio::select! {
        () = pump(client_reads, server_writes, modes.clone()) => {}
        () = pump(server_reads, client_writes, modes) => {}
        _ = cut.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut modes: watch::Receiver<Mode>,
) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if modes.wait_for(|mode| *mode != Mode::Stall).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

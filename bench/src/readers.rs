//! Many sockets that read one channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use memchr::memmem::Finder;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::figures::Received;
use crate::frames::{Socket, number};

/// Readers at work. Each message that counts carries `µs<number>;`, the microseconds from the common start at which it should
/// have been sent.
pub(crate) struct Readers {
    tasks: JoinSet<Result<Received>>,
    stop: CancellationToken,
    total: Arc<AtomicU64>,
}

impl Readers {
    /// Lets every socket read until [`Readers::finish`].
    pub(crate) fn start(sockets: Vec<Socket>, start: Instant) -> Self {
        let stop = CancellationToken::new();
        let total = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for socket in sockets {
            tasks.spawn(read(socket, start, stop.clone(), total.clone()));
        }
        Self { tasks, stop, total }
    }

    /// Waits until all readers together have received `expected` messages, or until nothing has come for ten seconds.
    pub(crate) async fn drained(&self, expected: u64) {
        let mut last = (self.total.load(Ordering::Relaxed), Instant::now());
        while last.0 < expected && last.1.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let now = self.total.load(Ordering::Relaxed);
            if now != last.0 {
                last = (now, Instant::now());
            }
        }
    }

    /// Stops all readers and gives what they received together.
    pub(crate) async fn finish(mut self) -> Result<Received> {
        self.stop.cancel();
        let mut all = Received::new();
        while let Some(received) = self.tasks.join_next().await {
            all.add(&received??)?;
        }
        Ok(all)
    }
}

async fn read(
    mut socket: Socket,
    start: Instant,
    stop: CancellationToken,
    total: Arc<AtomicU64>,
) -> Result<Received> {
    let (due, seq) = (Finder::new("µs"), Finder::new("\"seq\":"));
    let mut received = Received::new();
    let mut heartbeat = tokio::time::interval(Duration::from_secs(20));
    loop {
        tokio::select! {
            outcome = socket.receive(|frame| {
                let Some(due) = number(frame, &due) else { return Ok(()) };
                let seq = number(frame, &seq).context("a message without seq")?;
                received.note(seq, start.elapsed().saturating_sub(Duration::from_micros(due)));
                total.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }) => outcome?,
            _ = heartbeat.tick() => socket.send(r#"{"op":"HEARTBEAT","d":{}}"#).await?,
            () = stop.cancelled() => return Ok(received),
        }
    }
}

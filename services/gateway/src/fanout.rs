//! Sends what is decided to the sockets: some tasks, each with its own part of the sockets, so that each socket gets
//! everything in order.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use kith_runtime::Lifecycle;
use kith_wire::DispatchKind;
use metrics::{counter, histogram};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Span;

use crate::frame::name;
use crate::outlet::{Closing, Outlet};

/// How many jobs may wait for one task. It never waits for a socket, so this is reached only when there is more to
/// write than the machine can; then the ingest slows down.
const QUEUE: usize = 1024;
/// How many jobs are taken at once.
const BATCH: usize = 256;
/// How long frames are put together for all receivers at once; longer ones do not get cheaper by it.
const RUN_BYTES: usize = 64 * 1024;
/// After so many sockets other tasks of the core have their turn: about a millisecond.
const TURN: usize = 128;

/// Who receives something, by fan-out task.
#[derive(Default)]
pub(crate) struct Audience {
    parts: Box<[Vec<Arc<Outlet>>]>,
}

impl Audience {
    /// How many sockets it has.
    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }
}

/// Something to send.
enum Job {
    /// The same frame to many.
    Many {
        kind: DispatchKind,
        frame: Bytes,
        audience: Arc<Audience>,
        /// Whom to leave out.
        except: Arc<[u64]>,
        since: Instant,
        /// Lasts as long as the fan-out does.
        _span: Span,
    },
    /// Frames to one socket.
    One {
        outlet: Arc<Outlet>,
        frames: Vec<Bytes>,
    },
    /// The end of one socket, after what was sent before.
    Close {
        outlet: Arc<Outlet>,
        closing: Closing,
    },
}

/// The fan-out tasks.
pub(crate) struct FanOut {
    parts: Vec<mpsc::Sender<Job>>,
    nobody: Arc<[u64]>,
}

impl FanOut {
    /// Starts `tasks` tasks.
    pub(crate) fn start(lifecycle: &Lifecycle, tasks: usize) -> Self {
        let start = |part| {
            let (sender, receiver) = mpsc::channel(QUEUE);
            // They end when the hub, which ends after the last session, lets go of the senders.
            lifecycle.spawn("fan-out", run(part, receiver));
            sender
        };
        Self {
            parts: (0..tasks.max(1)).map(start).collect(),
            nobody: Arc::new([]),
        }
    }

    fn part_of(&self, outlet: &Outlet) -> usize {
        (outlet.id() % self.parts.len() as u64) as usize
    }

    /// Sorts receivers by the task that serves them.
    pub(crate) fn audience<'a>(&self, outlets: impl Iterator<Item = &'a Arc<Outlet>>) -> Audience {
        let mut parts = vec![Vec::new(); self.parts.len()];
        for outlet in outlets {
            parts[self.part_of(outlet)].push(outlet.clone());
        }
        Audience {
            parts: parts.into(),
        }
    }

    /// Sends one frame to all of an audience.
    pub(crate) async fn to_many(
        &self,
        kind: DispatchKind,
        frame: Bytes,
        audience: &Arc<Audience>,
        except: Option<Arc<[u64]>>,
        span: Span,
    ) {
        let since = Instant::now();
        for (part, sender) in self.parts.iter().enumerate() {
            if audience.parts.get(part).is_none_or(Vec::is_empty) {
                continue;
            }
            let job = Job::Many {
                kind,
                frame: frame.clone(),
                audience: audience.clone(),
                except: except.clone().unwrap_or_else(|| self.nobody.clone()),
                since,
                _span: span.clone(),
            };
            // A task is only gone when the process is about to end at once.
            let _ = sender.send(job).await;
        }
    }

    /// Sends frames to one socket, after what was sent to it before.
    pub(crate) async fn to_one(&self, outlet: &Arc<Outlet>, frames: Vec<Bytes>) {
        let outlet = outlet.clone();
        let _ = self.parts[self.part_of(&outlet)]
            .send(Job::One { outlet, frames })
            .await;
    }

    /// Closes one socket, after what was sent to it before.
    pub(crate) async fn close(&self, outlet: &Arc<Outlet>, closing: Closing) {
        let outlet = outlet.clone();
        let _ = self.parts[self.part_of(&outlet)]
            .send(Job::Close { outlet, closing })
            .await;
    }
}

async fn run(part: usize, mut queue: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let mut work = Work {
            part,
            sockets: 0,
            listed: Vec::new(),
        };
        work.send(&batch).await;
        // The spans of the events end here.
        batch.clear();
    }
}

struct Work {
    part: usize,
    /// How many have been written to.
    sockets: usize,
    /// Those with frames that are not written yet.
    listed: Vec<Arc<Outlet>>,
}

impl Work {
    async fn send(&mut self, batch: &[Job]) {
        // What goes to the same receivers is written right away, put together. Otherwise frames wait until the end
        // of the batch, so that each socket is written to once.
        let direct = run_length(batch) == batch.len();
        let mut rest = batch;
        while !rest.is_empty() {
            let (run, others) = rest.split_at(run_length(rest));
            rest = others;
            match &run[0] {
                Job::Many {
                    audience, except, ..
                } => {
                    let outlets = &audience.parts[self.part];
                    self.write(outlets, except, &joined(run), direct).await;
                    account(run, outlets.len() - except.len().min(outlets.len()));
                }
                Job::One { outlet, frames } => {
                    for frame in frames {
                        self.enqueue(outlet, frame);
                    }
                }
                // It keeps what has begun only; the last words follow what was sent before.
                Job::Close { outlet, closing } => {
                    outlet.flush();
                    outlet.close(*closing);
                }
            }
        }
        for outlet in std::mem::take(&mut self.listed) {
            outlet.flush();
            self.turn().await;
        }
    }

    async fn write(&mut self, to: &[Arc<Outlet>], except: &[u64], frame: &Bytes, direct: bool) {
        for outlet in to {
            if except.contains(&outlet.id()) {
                continue;
            }
            if direct {
                outlet.send(frame);
                self.turn().await;
            } else {
                self.enqueue(outlet, frame);
            }
        }
    }

    fn enqueue(&mut self, outlet: &Arc<Outlet>, frame: &Bytes) {
        if outlet.enqueue(frame) {
            self.listed.push(outlet.clone());
        }
    }

    async fn turn(&mut self) {
        self.sockets += 1;
        if self.sockets.is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
    }
}

/// How many jobs at the beginning go to the same receivers, and so can be written as one; at least one.
fn run_length(jobs: &[Job]) -> usize {
    let Some(Job::Many {
        frame,
        audience,
        except,
        ..
    }) = jobs.first()
    else {
        return jobs.len().min(1);
    };
    let mut bytes = frame.len();
    let goes_along = |job: &&Job| match job {
        Job::Many {
            frame,
            audience: other,
            except: others,
            ..
        } => {
            bytes += frame.len();
            bytes <= RUN_BYTES && Arc::ptr_eq(audience, other) && Arc::ptr_eq(except, others)
        }
        Job::One { .. } | Job::Close { .. } => false,
    };
    1 + jobs[1..].iter().take_while(goes_along).count()
}

/// The frames of a run as one piece.
fn joined(run: &[Job]) -> Bytes {
    let frames = run.iter().filter_map(|job| match job {
        Job::Many { frame, .. } => Some(frame),
        Job::One { .. } | Job::Close { .. } => None,
    });
    if run.len() == 1 {
        return frames.clone().next().cloned().unwrap_or_default();
    }
    let mut whole = BytesMut::with_capacity(frames.clone().map(Bytes::len).sum());
    frames.for_each(|frame| whole.extend_from_slice(frame));
    whole.freeze()
}

fn account(run: &[Job], receivers: usize) {
    let receivers = receivers as u64;
    for job in run {
        let Job::Many {
            kind, frame, since, ..
        } = job
        else {
            continue;
        };
        counter!("kith_gateway_dispatches_total", "t" => name(*kind)).increment(receivers);
        counter!("kith_gateway_delivered_bytes_total").increment(receivers * frame.len() as u64);
        histogram!("kith_gateway_fanout_seconds").record(since.elapsed());
    }
}

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;

use crate::Health;

/// How long an orderly end may take: longer than a slow request, shorter than the 30 seconds after which
/// supervisors usually kill.
pub const GRACE: Duration = Duration::from_secs(20);

/// Why a task failed.
pub type TaskError = Box<dyn std::error::Error + Send + Sync>;

/// What a task ends with: nothing, or a result whose error ends the process.
pub trait TaskResult {
    fn into_result(self) -> Result<(), TaskError>;
}

impl TaskResult for () {
    fn into_result(self) -> Result<(), TaskError> {
        Ok(())
    }
}

impl<E: Into<TaskError>> TaskResult for Result<(), E> {
    fn into_result(self) -> Result<(), TaskError> {
        self.map_err(Into::into)
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything that was under way was finished.
    Orderly,
    /// A task crashed.
    Crashed,
    /// [`GRACE`] was not enough.
    TimedOut,
    /// Somebody did not want to wait: a second signal.
    Forced,
}

impl Ending {
    /// What the process answers to who started it.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Orderly => 0,
            Self::Crashed | Self::TimedOut => 1,
            // As a shell says it of a process that was interrupted.
            Self::Forced => 130,
        }
    }
}

/// Starts all tasks of a process, notices when one crashes, and ends them in order. A clone is the same lifecycle.
#[derive(Clone)]
pub struct Lifecycle(Arc<Inner>);

struct Inner {
    stopping: CancellationToken,
    settling: CancellationToken,
    over: CancellationToken,
    work: TaskTracker,
    settlers: TaskTracker,
    running: Mutex<BTreeMap<&'static str, usize>>,
    crashed: OnceLock<&'static str>,
    health: Health,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

impl Lifecycle {
    /// The lifecycle of a process that has just started.
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            stopping: CancellationToken::new(),
            settling: CancellationToken::new(),
            over: CancellationToken::new(),
            work: TaskTracker::new(),
            settlers: TaskTracker::new(),
            running: Mutex::default(),
            crashed: OnceLock::new(),
            health: Health::default(),
        }))
    }

    /// What the process reports of its health.
    pub fn health(&self) -> &Health {
        &self.0.health
    }

    /// Starts a task without which the process cannot do its work. It has to end soon after [`Self::stopping`].
    /// If it panics or fails, the process ends.
    pub fn spawn<T: TaskResult + 'static>(
        &self,
        name: &'static str,
        task: impl Future<Output = T> + Send + 'static,
    ) {
        self.0.work.spawn(self.clone().watch(name, task));
    }

    /// Starts a task that serves the others to their end: it has to end soon after [`Self::settling`], when
    /// all of [`Self::spawn`] have ended. If it panics or fails, the process ends.
    pub fn spawn_settling<T: TaskResult + 'static>(
        &self,
        name: &'static str,
        task: impl Future<Output = T> + Send + 'static,
    ) {
        self.0.settlers.spawn(self.clone().watch(name, task));
    }

    /// Starts a task for one client. It has to end soon after [`Self::stopping`]. If it panics, that is logged, and
    /// nobody else notices: a client must not be able to end the process.
    pub fn spawn_for_client(
        &self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let lifecycle = self.clone();
        self.0.work.spawn(async move {
            let running = lifecycle.note(name);
            if run(&lifecycle, task).await.is_err() {
                tracing::error!(
                    task = name,
                    "a client's task panicked; the client is cut off"
                );
            }
            drop(running);
        });
    }

    /// Ends when nothing new may be accepted any more.
    pub fn stopping(&self) -> WaitForCancellationFuture<'_> {
        self.0.stopping.cancelled()
    }

    /// Whether nothing new may be accepted any more.
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.is_cancelled()
    }

    /// For what takes a token: cancelled when nothing new may be accepted any more.
    pub fn stopping_token(&self) -> CancellationToken {
        self.0.stopping.clone()
    }

    /// Ends when all work is done and only what was left behind has to be handed over.
    pub fn settling(&self) -> WaitForCancellationFuture<'_> {
        self.0.settling.cancelled()
    }

    /// For what takes a token: cancelled when only what was left behind has to be handed over.
    pub fn settling_token(&self) -> CancellationToken {
        self.0.settling.clone()
    }

    /// Begins the orderly end.
    pub fn stop(&self) {
        self.0.health.stop();
        self.0.stopping.cancel();
    }

    /// Waits for SIGTERM, SIGINT or a crash, then for the orderly end. A second signal makes it immediate.
    pub async fn run_to_end(self) -> Ending {
        let mut signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => {
                tracing::error!(error = %error, "signals cannot be listened to");
                return Ending::Crashed;
            }
        };
        tokio::select! {
            name = signals.next() => tracing::info!(signal = name, "stopping"),
            () = self.stopping() => tracing::info!("stopping"),
        }
        let ending = tokio::select! {
            () = self.end_in_order() => Ending::Orderly,
            () = tokio::time::sleep(GRACE) => Ending::TimedOut,
            name = signals.next() => {
                tracing::warn!(signal = name, "stopping at once");
                Ending::Forced
            }
        };
        if ending == Ending::TimedOut {
            tracing::error!(tasks = %self.names_of_running(), "the orderly end took too long");
        }
        self.0.over.cancel();
        match (ending, self.0.crashed.get()) {
            (Ending::Forced, _) | (_, None) => ending,
            (_, Some(_)) => Ending::Crashed,
        }
    }

    async fn end_in_order(&self) {
        self.stop();
        self.0.work.close();
        self.0.work.wait().await;
        self.0.settling.cancel();
        self.0.settlers.close();
        self.0.settlers.wait().await;
    }

    /// The names of the tasks that still run, with their numbers.
    fn names_of_running(&self) -> String {
        let running = self.0.running.lock().expect("no code panics inside");
        let names: Vec<_> = running
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(name, count)| format!("{name}×{count}"))
            .collect();
        names.join(", ")
    }

    fn note(&self, name: &'static str) -> Running {
        *self
            .0
            .running
            .lock()
            .expect("no code panics inside")
            .entry(name)
            .or_default() += 1;
        metrics::gauge!("kith_tasks", "task" => name).increment(1);
        Running {
            lifecycle: self.clone(),
            name,
        }
    }

    async fn watch<T: TaskResult>(self, name: &'static str, task: impl Future<Output = T> + Send) {
        let running = self.note(name);
        let reason = match run(&self, task).await.map(|end| end.map(T::into_result)) {
            Ok(None | Some(Ok(()))) => None,
            Ok(Some(Err(error))) => Some(describe(&*error)),
            Err(Panicked) => Some("it panicked".to_owned()),
        };
        if let Some(reason) = reason {
            tracing::error!(task = name, reason, "a task crashed; the process ends");
            let _ = self.0.crashed.set(name);
            self.stop();
        }
        drop(running);
    }
}

/// The default panic hook has told of it already.
struct Panicked;

/// Runs a task to its end; none if the process was over before.
async fn run<T>(
    lifecycle: &Lifecycle,
    task: impl Future<Output = T>,
) -> Result<Option<T>, Panicked> {
    tokio::select! {
        // A task is dropped, so nothing sees what a panic has left half done.
        end = AssertUnwindSafe(task).catch_unwind() => end.map(Some).map_err(|_| Panicked),
        () = lifecycle.0.over.cancelled() => Ok(None),
    }
}

/// An error with its causes.
fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

/// Counts a task for as long as it runs.
struct Running {
    lifecycle: Lifecycle,
    name: &'static str,
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!("kith_tasks", "task" => self.name).decrement(1);
        if let Ok(mut running) = self.lifecycle.0.running.lock()
            && let Some(count) = running.get_mut(self.name)
        {
            *count -= 1;
        }
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

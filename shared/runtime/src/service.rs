use std::future::Future;

use crate::{Lifecycle, TaskError};

/// One of the services that a process can run.
pub trait Service: Send + 'static {
    /// As the command line, logs and metrics call it.
    const NAME: &'static str;

    /// Serves until [`Lifecycle::stopping`], then until what was under way is finished. Before it first waits, it
    /// names in [`Lifecycle::health`] what it needs: until then the process is not ready.
    fn run(self, lifecycle: Lifecycle) -> impl Future<Output = Result<(), TaskError>> + Send;
}

use kith_bus::EphemeralFact;
use kith_types::{GuildId, UserId};
use tokio::sync::{mpsc, oneshot, watch};

use super::seed::{Seed, Seeded};
use super::start::{Advance, Attach, Begun, Step};
use super::{Command, List, Phase, Progress};

/// The way to reach the hub.
#[derive(Clone)]
pub(crate) struct HubHandle {
    commands: mpsc::Sender<Command>,
    progress: watch::Receiver<Progress>,
}

/// The hub is gone: the process ends.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the gateway is stopping")]
pub(crate) struct Stopped;

impl HubHandle {
    pub(super) fn new(
        commands: mpsc::Sender<Command>,
        progress: watch::Receiver<Progress>,
    ) -> Self {
        Self { commands, progress }
    }

    /// Waits until the stream is read without gaps, and gives the place up to which everything has been sent.
    pub(crate) async fn live(&self) -> Result<u64, Stopped> {
        let mut progress = self.progress.clone();
        let now = progress.wait_for(|now| now.phase == Phase::Live).await;
        now.map(|now| now.watermark).map_err(|_| Stopped)
    }

    /// Everything up to this has been sent.
    pub(crate) fn watermark(&self) -> u64 {
        self.progress.borrow().watermark
    }

    /// Waits until everything up to `s` has been sent, and nothing is being checked.
    pub(crate) async fn sent_up_to(&self, s: u64) -> Result<(), Stopped> {
        let mut progress = self.progress.clone();
        let there = |now: &Progress| now.phase == Phase::Live && now.watermark >= s;
        progress
            .wait_for(there)
            .await
            .map(|_| ())
            .map_err(|_| Stopped)
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(command(reply))
            .await
            .map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Makes a session known.
    pub(crate) async fn attach(
        &self,
        make: impl FnOnce(oneshot::Sender<Begun>) -> Attach,
    ) -> Result<Begun, Stopped> {
        self.ask(|reply| Command::Attach(Box::new(make(reply))))
            .await
    }

    /// Hands in what a session's user is in a guild.
    pub(crate) async fn seed(
        &self,
        make: impl FnOnce(oneshot::Sender<Seeded>) -> Seed,
    ) -> Result<Seeded, Stopped> {
        self.ask(|reply| Command::Seed(Box::new(make(reply)))).await
    }

    /// A session's user could not be given a guild: they are, when it can be told of.
    pub(crate) async fn miss(&self, user: UserId, guild: GuildId) -> Result<(), Stopped> {
        let miss = Command::Miss { user, guild };
        self.commands.send(miss).await.map_err(|_| Stopped)
    }

    /// Goes on with what a session has missed.
    pub(crate) async fn advance(
        &self,
        user: UserId,
        outlet: u64,
        from: u64,
        resumed: bool,
    ) -> Result<Step, Stopped> {
        self.ask(|reply| {
            Command::Advance(Advance {
                user,
                outlet,
                from,
                resumed,
                reply,
            })
        })
        .await
    }

    /// Forgets a session.
    pub(crate) async fn detach(&self, user: UserId, outlet: u64) {
        let _ = self.commands.send(Command::Detach { user, outlet }).await;
    }

    /// Acknowledges a session's heartbeat, with how far it has come. False if that has to be done without.
    pub(crate) fn heartbeat(&self, user: UserId, outlet: u64) -> bool {
        self.commands
            .try_send(Command::Heartbeat { user, outlet })
            .is_ok()
    }

    /// Passes on what is true for a moment only, if there is room.
    pub(crate) fn pass_on(&self, fact: EphemeralFact) {
        let _ = self.commands.try_send(Command::Passing(fact));
    }

    /// Shows a member list to a session.
    pub(crate) async fn list(
        &self,
        make: impl FnOnce(oneshot::Sender<Seeded>) -> List,
    ) -> Result<Seeded, Stopped> {
        self.ask(|reply| Command::List(Box::new(make(reply)))).await
    }

    /// A session looks at no member list any more.
    pub(crate) async fn unlist(&self, outlet: u64) {
        let _ = self.commands.send(Command::Unlist { outlet }).await;
    }
}

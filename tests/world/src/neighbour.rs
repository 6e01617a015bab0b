//! Somebody who has nothing to do with an attack, and must not notice it.

use std::time::{Duration, Instant};

use kith_testkit::Gateway;
use tokio::sync::{Mutex, MutexGuard};

use crate::people::{Person, says};
use crate::world::World;

/// How much slower the slowest of a hundred of a neighbour's turns may become.
const BEARABLE: u32 = 3;
/// What a turn may take whatever it took before: in a debug build on two cores, which the attackers share, anything below is the
/// processor's doing. What is looked for here is waiting for somebody else, which takes seconds; milliseconds are for the bench.
const UNNOTICED: Duration = Duration::from_millis(400);
/// How many turns make a figure.
const TURNS: usize = 150;

/// One test at a time has a neighbour: the attack of another one is none of theirs.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Somebody in a guild of their own who posts, reads it back over REST, and hears it on their socket.
pub struct Neighbour {
    person: Person,
    channel: String,
    ears: Gateway,
    quiet: Duration,
    said: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Neighbour {
    /// Moves in, and measures how long a turn takes while nothing happens. Begin with it, before the attack.
    pub async fn move_in(world: &World) -> Self {
        let alone = ALONE.lock().await;
        let person = world.person("neighbour").await;
        let (_, channel) = person.create_guild("Next door").await;
        let ears = world.socket(&person, 0).await;
        let mut neighbour = Self {
            person,
            channel,
            ears,
            quiet: Duration::ZERO,
            said: 0,
            _alone: alone,
        };
        neighbour.measure().await;
        neighbour.quiet = neighbour.measure().await;
        neighbour
    }

    /// Goes on as before, which must work each time, and take about as long. Call it while the attack is under way.
    ///
    /// # Panics
    /// If anything is refused, does not arrive, or if the slowest of a hundred turns takes more than three times what it took before.
    pub async fn notices_nothing(&mut self) {
        let loud = self.measure().await;
        let bearable = (self.quiet * BEARABLE).max(UNNOTICED);
        println!("neighbour: p99 {:?} before, {loud:?} now", self.quiet);
        assert!(
            loud <= bearable,
            "the neighbour's p99 was {:?} and is {loud:?}",
            self.quiet
        );
    }

    /// The p99 of some turns.
    async fn measure(&mut self) -> Duration {
        let mut turns = Vec::with_capacity(TURNS);
        for _ in 0..TURNS {
            let text = format!("next door {}", self.said);
            self.said += 1;
            let started = Instant::now();
            self.person.post(&self.channel, &text).await;
            self.ears.expect_where("MESSAGE_CREATE", says(&text)).await;
            self.person
                .read(&self.channel, "?limit=1")
                .await
                .expect(200);
            turns.push(started.elapsed());
        }
        turns.sort();
        turns[TURNS * 99 / 100 - 1]
    }
}

//! People who talk and hear each other while something else is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kith_testkit::PATIENCE;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::people::{Person, says};
use crate::world::World;

/// Somebody who says one thing after the other, each as soon as another person has heard the one before.
pub struct Traffic {
    stop: Arc<AtomicBool>,
    heard: watch::Receiver<usize>,
    talking: JoinSet<Vec<String>>,
}

impl Traffic {
    /// They talk from now on; every text begins with `topic`. Nothing that is said may be refused.
    pub async fn begin(
        world: &World,
        talker: &Person,
        listener: &Person,
        channel: &str,
        topic: &'static str,
    ) -> Self {
        let mut ears = world.socket(listener, 0).await;
        let (tell, heard) = watch::channel(0);
        let stop = Arc::new(AtomicBool::new(false));
        let (talker, channel, stopped) = (talker.clone(), channel.to_owned(), stop.clone());
        let mut talking = JoinSet::new();
        talking.spawn(async move {
            let mut said = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let text = format!("{topic} {}", said.len());
                talker.post(&channel, &text).await;
                ears.expect_where("MESSAGE_CREATE", says(&text)).await;
                said.push(text);
                tell.send_replace(said.len());
            }
            said
        });
        let mut traffic = Self {
            stop,
            heard,
            talking,
        };
        traffic.goes_on().await;
        traffic
    }

    /// Waits until something was heard that was said from now on.
    pub async fn goes_on(&mut self) {
        let next = *self.heard.borrow() + 2;
        let heard = self.heard.wait_for(|count| *count >= next);
        let heard = tokio::time::timeout(PATIENCE, heard).await;
        heard
            .expect("nobody hears anything any more")
            .expect("they go on talking");
    }

    /// Ends it; gives all that was said, and heard.
    pub async fn end(mut self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        let said = self.talking.join_next().await;
        said.expect("there is one").expect("nobody panicked")
    }
}

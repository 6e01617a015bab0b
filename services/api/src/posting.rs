//! Posts that wait for the same channel are committed together: while one statement is on its way to the disk, those that
//! come meanwhile gather and go with the next one.

use std::collections::HashMap;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kith_store::messages::{Draft, Posted};
use kith_store::{Store, StoreError};
use kith_types::ChannelId;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::outbox::Publisher;

/// Posts between their requests and the task that commits them; requests beyond that wait.
const QUEUE: usize = 1024;
/// The most posts in one statement: with the longest texts, half a megabyte.
const TOGETHER: usize = 32;

/// Posts messages. It may be cloned, and all clones gather together.
#[derive(Clone)]
pub(crate) struct Poster(mpsc::Sender<Waiting>);

/// The posts of a [`Poster`], for [`Posts::commit`].
pub(crate) struct Posts(mpsc::Receiver<Waiting>);

struct Waiting {
    draft: Draft,
    answer: oneshot::Sender<Result<Posted, StoreError>>,
}

impl Poster {
    pub(crate) fn new() -> (Self, Posts) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), Posts(receiver))
    }

    /// Posts a message, and tells the publisher. It goes on when nobody waits for the answer any more.
    pub(crate) async fn post(&self, draft: Draft) -> Result<Posted, StoreError> {
        let ended = || StoreError::Unavailable(None);
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { draft, answer };
        self.0.send(waiting).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

impl Posts {
    /// Commits what is posted, one statement of a channel at a time, until `end` and nothing is under way.
    pub(crate) async fn commit(
        mut self,
        store: Store,
        publisher: Publisher,
        end: CancellationToken,
    ) {
        // A channel is here while a statement of it is under way, with what came meanwhile.
        let mut channels: HashMap<ChannelId, Vec<Waiting>> = HashMap::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            let (channel, waiting) = tokio::select! {
                Some(waiting) = self.0.recv() => {
                    let channel = waiting.draft.channel();
                    if let Some(gathering) = channels.get_mut(&channel) {
                        gathering.push(waiting);
                        continue;
                    }
                    channels.insert(channel, Vec::new());
                    (channel, vec![waiting])
                }
                Some(channel) = under_way.next() => {
                    let Some(gathered) = channels.get_mut(&channel) else { continue };
                    if gathered.is_empty() {
                        channels.remove(&channel);
                        continue;
                    }
                    let most = gathered.len().min(TOGETHER);
                    (channel, gathered.drain(..most).collect())
                }
                () = end.cancelled(), if under_way.is_empty() => return,
            };
            let (store, publisher) = (&store, &publisher);
            under_way.push(async move {
                together(store, publisher, waiting).await;
                channel
            });
        }
    }
}

async fn together(store: &Store, publisher: &Publisher, waiting: Vec<Waiting>) {
    let (drafts, answers): (Vec<_>, Vec<_>) = waiting
        .into_iter()
        .map(|Waiting { draft, answer }| (draft, answer))
        .unzip();
    metrics::histogram!("kith_posts_together").record(drafts.len() as f64);
    match post(store, publisher, &drafts).await {
        Ok(posted) => {
            for (answer, posted) in answers.into_iter().zip(posted) {
                // Who asked may have gone; the message is there.
                drop(answer.send(Ok(posted)));
            }
        }
        Err(StoreError::Unavailable(mut cause)) => {
            // The cause is for the log, once.
            for answer in answers {
                drop(answer.send(Err(StoreError::Unavailable(cause.take()))));
            }
        }
        // One of them stood in the way of all, and nothing was written.
        Err(_) if drafts.len() > 1 => {
            for (draft, answer) in drafts.iter().zip(answers) {
                let posted = post(store, publisher, std::slice::from_ref(draft)).await;
                drop(answer.send(posted.map(|mut one| one.remove(0))));
            }
        }
        Err(error) => {
            if let Some(answer) = answers.into_iter().next() {
                drop(answer.send(Err(error)));
            }
        }
    }
}

async fn post(
    store: &Store,
    publisher: &Publisher,
    drafts: &[Draft],
) -> Result<Vec<Posted>, StoreError> {
    // Nothing else ends it when Postgres stands still: it is no part of a request.
    let together = store.unless_away(store.post(drafts)).await?;
    publisher.publish(together.committed);
    Ok(together.posted)
}

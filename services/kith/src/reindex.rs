use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use kith_search::rebuild_step;
use kith_store::{Store, search};

/// How often it is looked how far all who work at it have come.
const LOOK: Duration = Duration::from_secs(1);

/// Makes the index anew from the messages. A running search service helps; both may be ended at any time, and who comes next
/// goes on.
pub(crate) async fn reindex(store: &Store, again: bool) -> Result<()> {
    search::begin_rebuild(store, again).await?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} messages, {eta} left");
    let bar = ProgressBar::new(0).with_style(style.expect("the template is valid"));
    let mut indexed = 0;
    let mut looked = None;
    while let Some(messages) = rebuild_step(store).await? {
        indexed += messages;
        if looked.is_none_or(|looked: Instant| looked.elapsed() >= LOOK) {
            looked = Some(Instant::now());
            if let Some(progress) = search::progress(store).await? {
                bar.set_length(progress.total);
                bar.set_position(progress.done);
            }
        }
    }
    bar.finish_and_clear();
    println!("the index is made anew; {indexed} messages were indexed here");
    match search::parked(store).await? {
        0 => {}
        parked => println!("{parked} messages could not be indexed: see the table search_parked"),
    }
    Ok(())
}

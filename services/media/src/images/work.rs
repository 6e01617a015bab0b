use std::time::Duration;

use bytes::Bytes;
use image::ImageFormat;
use kith_blobs::BlobError;
use kith_bus::{IMAGES, Job, Jobs, JobsError};
use kith_store::StoreError;
use kith_store::files::{Seen, Stored, WaitingFile, Worked, WorkedOn};
use kith_types::FileId;
use sha2::{Digest, Sha256};
use tokio::sync::AcquireError;
use tokio_util::sync::CancellationToken;

use super::clean::clean;
use super::decoding::{HEAD, weight};
use super::queue::enqueue_next;
use super::strip::Malformed;
use super::{original, thumbnail};
use crate::Core;
use crate::boxes;
use crate::usecases::image_format;

/// Between two attempts to open the queue.
const OPEN_AGAIN: Duration = Duration::from_secs(1);
/// How often a job says that it is at work.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// After a failure of its own a job is tried again so much later.
const AGAIN: Duration = Duration::from_secs(5);
/// While an engine is away, it is asked this often whether it is back.
const LOOK: Duration = Duration::from_secs(2);

/// Why an image is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Obstacle {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Blobs(#[from] BlobError),
    #[error("nothing is decoded any more")]
    Closed(#[from] AcquireError),
    #[error("the worker broke down")]
    Broken(#[from] tokio::task::JoinError),
}

impl Obstacle {
    /// Whether the image has nothing to do with it: an engine that it takes is away.
    fn is_elsewhere(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::Unavailable(_))
                | Self::Blobs(BlobError::Unavailable(_) | BlobError::Refused(_))
        )
    }
}

/// Works on images, one at a time: each may take much memory. Until `stop`.
pub(crate) async fn work(core: Core, stop: CancellationToken) {
    let work = async {
        loop {
            core.bus.connected().await;
            let ended = match core.bus.jobs(&IMAGES).await {
                Ok(jobs) => Box::pin(take(&core, jobs)).await,
                Err(error) => error,
            };
            tracing::warn!(error = %error_chain(&ended), "images have to wait for the queue");
            tokio::time::sleep(OPEN_AGAIN).await;
        }
    };
    stop.run_until_cancelled(work).await;
}

async fn take(core: &Core, mut jobs: Jobs) -> JobsError {
    loop {
        let answered = match jobs.next().await {
            Ok(job) => one(core, job).await,
            Err(error) => return error,
        };
        if let Err(error) = answered {
            return error;
        }
    }
}

async fn one(core: &Core, job: Job) -> Result<(), JobsError> {
    let name = String::from_utf8_lossy(&job.payload).into_owned();
    let Ok(file) = name.parse::<FileId>() else {
        tracing::error!("a job names no file, and is dropped");
        return job.done().await;
    };
    let mut working = std::pin::pin!(patiently(core, file));
    let outcome = loop {
        tokio::select! {
            outcome = &mut working => break outcome,
            () = tokio::time::sleep(SIGN_OF_LIFE) => job.lives().await?,
        }
    };
    match outcome {
        Ok(()) => job.done().await,
        Err(error) if job.is_last_attempt => {
            tracing::error!(error = %error, file.id = %file, "an image is given up, and served as a mere file");
            metrics::counter!("kith_images_failed_total", "reason" => "attempts").increment(1);
            match park(core, file, error.to_string()).await {
                Ok(()) => job.done().await,
                // It waits in its row, and is queued again.
                Err(_) => job.again(AGAIN).await,
            }
        }
        Err(error) => {
            tracing::warn!(error = %error, file.id = %file, "an image is tried again");
            job.again(AGAIN).await
        }
    }
}

/// Works on one image as soon as that is possible. Its attempts are for what is wrong with it: if those while an engine is away
/// counted, a store that is away for a minute would make mere files of pictures.
async fn patiently(core: &Core, file: FileId) -> Result<(), Obstacle> {
    loop {
        match core.store.unless_away(Box::pin(image(core, file))).await {
            Err(error) if error.is_elsewhere() => {
                tracing::warn!(error = %error, file.id = %file, "an image has to wait");
                tokio::time::sleep(LOOK).await;
            }
            done => return done,
        }
    }
}

/// Works on one file. Doing it twice does no harm: what was cleaned once is clean.
async fn image(core: &Core, file: FileId) -> Result<(), Obstacle> {
    let Some(waiting) = core.store.waiting_file(file).await? else {
        return Ok(());
    };
    let account = waiting.uploader;
    let worked = match image_format(&waiting.content_type) {
        Some(format) => picture(core, file, waiting, format).await?,
        None => boxes::clean(core, file, waiting.content_type).await?,
    };
    match &worked {
        Worked::Clean { .. } => metrics::counter!("kith_images_done_total").increment(1),
        Worked::Mere { reason, .. } => {
            tracing::info!(file.id = %file, reason, "an image is served as a mere file");
            metrics::counter!("kith_images_failed_total", "reason" => "format").increment(1);
        }
    }
    tell(core, core.store.file_worked_on(file, &worked).await?).await;
    enqueue_next(core, account).await;
    Ok(())
}

/// Cleans an image and makes its thumbnail.
async fn picture(
    core: &Core,
    file: FileId,
    waiting: WaitingFile,
    format: ImageFormat,
) -> Result<Worked, Obstacle> {
    let key = original(file);
    let head = waiting.size.min(HEAD as u64);
    let head = core.blobs.fetch(&key, Some(0..head)).await?;
    let head = head.whole(HEAD).await?;
    let mut needed = weight(&head, format).unwrap_or(0);
    drop(head);
    // Once as it was sent, and once as it is kept.
    let encoded = waiting.size * 2;
    let too_much = || Worked::Mere {
        reason: core.decoding.refusal(),
        stored: None,
    };
    let Some(mut room) = core.decoding.room(needed + encoded).await? else {
        return Ok(too_much());
    };
    let fetched = core.blobs.fetch(&key, None).await?;
    let bytes = fetched.whole(core.bounds.file as usize).await?;
    // What its first bytes did not tell.
    let known = weight(&bytes, format).unwrap_or(0);
    if known > needed {
        needed = known;
        drop(room);
        room = match core.decoding.room(needed + encoded).await? {
            Some(room) => room,
            None => return Ok(too_much()),
        };
    }
    let pixels = core.bounds.pixels;
    let made = tokio::task::spawn_blocking(move || {
        let clean = clean(&bytes, format, pixels)?;
        let shown = clean.picture.map_err(|error| error.to_string());
        let shown = shown.and_then(|picture| {
            let (width, height) = (picture.image.width() as i32, picture.image.height() as i32);
            let made = super::thumbnail::make(picture).map_err(|error| error.to_string());
            made.map(|(small, thumbhash)| (width, height, small, thumbhash))
        });
        Ok::<_, Malformed>((clean.bytes, shown))
    })
    .await?;
    drop(room);
    let (bytes, shown) = match made {
        Ok(made) => made,
        // Nobody knows where its picture ends, so nothing in it is touched: it is as any other file.
        Err(error) => {
            return Ok(Worked::Mere {
                reason: error.to_string(),
                stored: None,
            });
        }
    };
    let stored = Some(Stored {
        size: bytes.len() as i64,
        sha256: Sha256::digest(&bytes).into(),
    });
    core.blobs.put(&original(file), bytes).await?;
    match shown {
        Ok((width, height, small, thumbhash)) => {
            core.blobs.put(&thumbnail(file), Bytes::from(small)).await?;
            let picture = Some(Seen {
                width,
                height,
                thumbhash,
            });
            Ok(Worked::Clean {
                content_type: waiting.content_type,
                stored,
                picture,
            })
        }
        Err(reason) => Ok(Worked::Mere { reason, stored }),
    }
}

/// Notes that a file cannot be worked on: what it is from now on shows in its row, with the reason.
async fn park(core: &Core, file: FileId, reason: String) -> Result<(), StoreError> {
    let worked = Worked::Mere {
        reason,
        stored: None,
    };
    tell(core, core.store.file_worked_on(file, &worked).await?).await;
    Ok(())
}

/// Wakes the relay if there is something for it.
async fn tell(core: &Core, done: WorkedOn) {
    if done == WorkedOn::Told
        && let Err(error) = core.bus.nudge().await
    {
        tracing::debug!(error = %error, "the relay could not be nudged");
    }
}

/// An error with its causes.
fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

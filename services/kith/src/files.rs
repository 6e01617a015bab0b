use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use kith_blobs::{Blobs, PART_BYTES};
use kith_config::ObjectsConfig;
use tokio::fs::{self, File};
use tokio::io::AsyncReadExt;

/// Puts every file under a folder into the object store, each under its path there, so that an instance can move from one
/// store to another. Doing it twice does no harm. What begins with a dot is the other store's own.
pub(crate) async fn import(config: &ObjectsConfig, folder: &Path) -> Result<()> {
    let blobs = kith_media::blobs(config);
    blobs.ensure_bucket().await?;
    let found = files(folder).await?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left");
    let bar =
        ProgressBar::new(found.len() as u64).with_style(style.expect("the template is valid"));
    for file in &found {
        let key = file.strip_prefix(folder).expect("it was found there");
        let key = key.to_str().context("a file's name is no UTF-8")?;
        put(&blobs, file, key)
            .await
            .with_context(|| format!("{} cannot be put", file.display()))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    println!("{} files are in {} now", found.len(), config.bucket);
    Ok(())
}

async fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let unreadable = || format!("{} cannot be read", folder.display());
        let mut entries = fs::read_dir(&folder).await.with_context(unreadable)?;
        while let Some(entry) = entries.next_entry().await.with_context(unreadable)? {
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if entry.file_type().await?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

async fn put(blobs: &Blobs, path: &Path, key: &str) -> Result<()> {
    let mut file = File::open(path).await?;
    let first = part(&mut file).await?;
    if first.len() < PART_BYTES {
        return Ok(blobs.put(key, first).await?);
    }
    let mut upload = blobs.begin(key).await?;
    let mut next = first;
    while !next.is_empty() {
        upload.part(next).await?;
        next = part(&mut file).await?;
    }
    Ok(upload.finish().await?)
}

/// The next [`PART_BYTES`] of a file, and less only at its end.
async fn part(file: &mut File) -> Result<Bytes> {
    let mut bytes = Vec::with_capacity(PART_BYTES);
    file.take(PART_BYTES as u64).read_to_end(&mut bytes).await?;
    Ok(bytes.into())
}

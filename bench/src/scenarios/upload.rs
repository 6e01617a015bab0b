//! Files into the object store: through media, and straight, for comparison.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use kith_types::{Entropy, SeededEntropy};
use reqwest::Body;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::processes::{self, Process};
use crate::world::{Person, Target};

const MEGABYTE: usize = 1024 * 1024;
/// What is sent at once, and the size of a part where files are sent straight.
const PIECE: usize = 64 * 1024;
const PART: usize = 5 * MEGABYTE;
/// Between two looks at how large a process is.
const LOOK: Duration = Duration::from_millis(50);

#[derive(clap::Args)]
pub(crate) struct Load {
    #[arg(long, default_value_t = 50)]
    pub(crate) files: u64,
    #[arg(long, default_value_t = 100)]
    pub(crate) megabytes: usize,
    /// How many at once.
    #[arg(long, default_value_t = 50)]
    pub(crate) parallel: usize,
}

#[derive(clap::Args)]
pub(crate) struct Store {
    /// `http://host:port`
    #[arg(long)]
    endpoint: String,
    #[arg(long)]
    region: String,
    #[arg(long)]
    bucket: String,
    #[arg(long)]
    access_key: String,
    #[arg(long, env = "KITH_BENCH_SECRET_KEY", hide_env_values = true)]
    secret_key: String,
}

/// Pieces of a file that no two share: the store keeps what is the same only once.
fn pieces(seed: u64, size: usize, piece: usize) -> impl Iterator<Item = Bytes> {
    let chance = SeededEntropy::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    (0..size.div_ceil(piece)).map(move |index| {
        let mut bytes = vec![0; piece.min(size - index * piece)];
        chance.fill(&mut bytes);
        Bytes::from(bytes)
    })
}

/// Uploads through the API of media at `media` (`http://host:port`).
pub(crate) async fn run(
    target: &Target,
    media: &str,
    people: &[Person],
    load: &Load,
    processes: &mut [Process],
) -> Result<Value> {
    let (_, channel) = target.guild("files", people).await?;
    let size = load.megabytes * MEGABYTE;
    let url = format!("{media}/api/v1/channels/{channel}/attachments?filename=load.bin");
    let upload = |number: u64| {
        let person = &people[number as usize % people.len()];
        let body = stream::iter(pieces(number, size, PIECE)).map(Ok::<_, std::io::Error>);
        let request = target
            .client
            .post(&url)
            .bearer_auth(&person.token)
            .header("content-type", "application/octet-stream")
            .header("content-length", size)
            .body(Body::wrap_stream(body));
        async move {
            let answer = request.send().await?;
            let status = answer.status();
            ensure!(status.is_success(), "{status} {}", answer.text().await?);
            Ok(())
        }
    };
    transfer(load, processes, upload).await
}

/// Uploads the same straight to the store, in parts of the smallest size that S3 allows.
pub(crate) async fn straight(
    store: &Store,
    load: &Load,
    processes: &mut [Process],
) -> Result<Value> {
    let credentials = Credentials::new(&store.access_key, &store.secret_key, None, None, "bench");
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
            aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .endpoint_url(&store.endpoint)
        .region(Region::new(store.region.clone()))
        .credentials_provider(credentials)
        .force_path_style(true)
        .build();
    let client = aws_sdk_s3::Client::from_conf(config);
    let size = load.megabytes * MEGABYTE;
    let upload = |number: u64| {
        let (client, key) = (client.clone(), format!("load-{number}"));
        let bucket = store.bucket.clone();
        async move {
            let begun = client.create_multipart_upload().bucket(&bucket).key(&key);
            let id = begun.send().await?.upload_id.context("no upload id")?;
            let mut parts = Vec::new();
            for (index, piece) in pieces(1_000_000 + number, size, PART).enumerate() {
                let part_number = index as i32 + 1;
                let part = client
                    .upload_part()
                    .bucket(&bucket)
                    .key(&key)
                    .upload_id(&id);
                let sent = part
                    .part_number(part_number)
                    .body(ByteStream::from(piece))
                    .send()
                    .await?;
                let part = CompletedPart::builder().part_number(part_number);
                parts.push(part.set_e_tag(sent.e_tag).build());
            }
            let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
            let complete = client.complete_multipart_upload().bucket(&bucket).key(&key);
            let complete = complete.upload_id(&id).multipart_upload(parts.build());
            complete.send().await?;
            Ok(())
        }
    };
    transfer(load, processes, upload).await
}

/// Does all uploads, so many at once, and says how fast they were and how large the processes grew meanwhile.
async fn transfer<F>(
    load: &Load,
    processes: &mut [Process],
    upload: impl Fn(u64) -> F,
) -> Result<Value>
where
    F: Future<Output = Result<()>>,
{
    processes::mark(processes)?;
    let done = Arc::new(AtomicBool::new(false));
    let mut peaks = JoinSet::new();
    for process in &*processes {
        let (process, done) = (process.clone(), done.clone());
        peaks.spawn(async move {
            let mut peak = 0;
            while !done.load(Ordering::Relaxed) {
                peak = peak.max(process.resident().unwrap_or(0));
                tokio::time::sleep(LOOK).await;
            }
            (process.name().to_owned(), peak)
        });
    }
    let start = Instant::now();
    stream::iter(0..load.files)
        .map(upload)
        .buffer_unordered(load.parallel)
        .try_collect::<Vec<()>>()
        .await?;
    let seconds = start.elapsed().as_secs_f64();
    done.store(true, Ordering::Relaxed);
    let mut peak_mb = serde_json::Map::new();
    while let Some(peak) = peaks.join_next().await {
        let (name, bytes) = peak?;
        peak_mb.insert(name, json!(bytes as f64 / MEGABYTE as f64));
    }
    let megabytes = load.files as f64 * load.megabytes as f64;
    Ok(json!({
        "files": load.files,
        "megabytes_each": load.megabytes,
        "parallel": load.parallel,
        "seconds": seconds,
        "megabytes_per_second": megabytes / seconds,
        "peak_rss_mb": peak_mb,
        "processes": processes::cost(processes)?,
    }))
}

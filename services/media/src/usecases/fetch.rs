use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, IF_RANGE,
    RANGE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use kith_access::Bearer;
use kith_http::ApiError;
use kith_policy::{ChannelAccess, ReadHistory, ViewChannel, require};
use kith_store::files::{FilePlace, FileState, StoredFile};
use kith_types::{ChannelId, FileId, UserId};
use kith_wire::ErrorCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::headers::{Caching, describe, is_known, tag, unchanged};
use super::kind;
use super::range::{Wanted, wanted};
use crate::{Core, Failure, images};

/// When an image that is worked on may be ready.
const SOON: Duration = Duration::from_secs(1);
/// What may stand as it is in `filename*` (RFC 8187).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// What of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Thumbnail,
}

/// Hands out a file to whoever may have it now.
pub(crate) async fn fetch(
    core: &Core,
    mut bearer: Bearer,
    file: FileId,
    part: Part,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let found = core.store.file(file).await?;
    // A file that is not there is in a channel that is not: a session is asked for all the same.
    let channel = found
        .as_ref()
        .map_or(ChannelId::from(file.uuid()), channel_of);
    let facts = core
        .store
        .actor_in_channel(bearer.hash(), channel, core.store.now())
        .await?;
    bearer
        .settle(facts.as_ref().map(|(actor, _)| actor))
        .await?;
    let (actor, access) = facts.ok_or_else(Bearer::unknown)?;
    let found = found.ok_or_else(Failure::not_found)?;
    decide(core, &found, access.as_ref(), actor.user.id)?;
    if found.state == FileState::Waiting {
        let busy = ApiError::new(ErrorCode::Conflict, "the image is still worked on");
        return Err(busy.with_retry_after(SOON).into());
    }
    match part {
        Part::Whole => whole(core, &found, headers).await,
        Part::Thumbnail => thumbnail(core, &found, headers).await,
    }
}

fn channel_of(file: &StoredFile) -> ChannelId {
    let FilePlace::Attachment(channel, _) = file.place;
    channel
}

/// What is attached belongs to what was said before; what is not (yet) is its sender's alone.
fn decide(
    core: &Core,
    file: &StoredFile,
    access: Option<&ChannelAccess>,
    user: UserId,
) -> Result<(), Failure> {
    let now = core.store.now();
    match file.place {
        FilePlace::Attachment(_, Some(_)) => {
            require::<ReadHistory>(access, now)?;
        }
        FilePlace::Attachment(_, None) => {
            require::<ViewChannel>(access, now)?;
            if file.uploader != user {
                return Err(Failure::not_found());
            }
        }
    }
    Ok(())
}

async fn whole(core: &Core, file: &StoredFile, headers: &HeaderMap) -> Result<Response, Failure> {
    let tag = tag(&file.sha256, "");
    if is_known(headers, &tag) {
        return Ok(unchanged(&tag, Caching::AskAgain));
    }
    let size = file.size as u64;
    let asked = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let is_same = headers
        .get(IF_RANGE)
        .is_none_or(|value| value.as_bytes() == tag.as_bytes());
    let range = match asked.filter(|_| is_same).map(|asked| wanted(asked, size)) {
        None | Some(Wanted::Whole) => None,
        Some(Wanted::Part(range)) => Some(range),
        Some(Wanted::Beyond) => {
            let mut response = ApiError::from(ErrorCode::RangeNotSatisfiable).into_response();
            let range = format!("bytes */{size}").parse();
            if let Ok(range) = range {
                response.headers_mut().insert(CONTENT_RANGE, range);
            }
            return Ok(response);
        }
    };
    let (content_type, is_shown) = kind::served(&file.content_type);
    let mut response = body(core, images::original(file.id), range.clone(), size).await?;
    let disposition = disposition(&file.filename, is_shown);
    let mut fields = vec![
        (CONTENT_TYPE, content_type.to_owned()),
        (CONTENT_DISPOSITION, disposition),
        (ACCEPT_RANGES, String::from("bytes")),
    ];
    if let Some(range) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let (first, last) = (range.start, range.end - 1);
        fields.push((CONTENT_RANGE, format!("bytes {first}-{last}/{size}")));
    }
    describe(&mut response, &tag, Caching::AskAgain, fields);
    Ok(response)
}

async fn thumbnail(
    core: &Core,
    file: &StoredFile,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    if !file.has_thumbnail {
        return Err(Failure::not_found());
    }
    let tag = tag(&file.sha256, "-thumbnail");
    if is_known(headers, &tag) {
        return Ok(unchanged(&tag, Caching::AskAgain));
    }
    let bytes = core.blobs.fetch(&images::thumbnail(file.id), None).await;
    let bytes = bytes.map_err(images::unavailable)?;
    let bytes = bytes.whole(images::MOST_THUMBNAIL).await;
    let bytes = bytes.map_err(images::unavailable)?;
    let (content_type, _) = kind::served(kind::sniff(&bytes));
    let mut response = bytes.into_response();
    let fields = vec![
        (CONTENT_TYPE, content_type.to_owned()),
        (CONTENT_DISPOSITION, String::from("inline")),
    ];
    describe(&mut response, &tag, Caching::AskAgain, fields);
    Ok(response)
}

/// The object's bytes as they come out of the store.
async fn body(
    core: &Core,
    key: String,
    range: Option<Range<u64>>,
    size: u64,
) -> Result<Response, Failure> {
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    let fetched = core.blobs.fetch(&key, range).await;
    let fetched = fetched.map_err(images::unavailable)?;
    let pieces = stream::unfold(fetched, async |mut fetched| {
        let piece = fetched.next().await?;
        Some((piece, fetched))
    });
    let mut response = Body::from_stream(pieces).into_response();
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    Ok(response)
}

/// The name in both forms: for old readers without what is not ASCII, for the others as it is.
fn disposition(filename: &str, is_shown: bool) -> String {
    let kind = if is_shown { "inline" } else { "attachment" };
    let plain: String = filename
        .chars()
        .map(|c| match c {
            '"' | '\\' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    let encoded = utf8_percent_encode(filename, PLAIN);
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        assert_eq!(
            disposition("a\"; x=\"é.png", true),
            "inline; filename=\"a_; x=__.png\"; filename*=UTF-8''a%22%3B%20x%3D%22%C3%A9.png"
        );
        assert!(disposition("a.html", false).starts_with("attachment;"));
    }
}

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use kith_policy::{
    Invitation, MemberFacts, TakePart, may_see_avatar, may_see_invite, require_in_guild,
};
use kith_store::pictures::{StoredPicture, find_icon, find_invite_icon};
use kith_types::{FileId, InviteCode, UserId};

use crate::usecases::headers::{Caching, describe, is_known, tag, unchanged};
use crate::usecases::kind;
use crate::{Core, Failure, images};

/// Hands out a person's picture to whoever meets them.
pub(crate) async fn fetch_avatar(
    core: &Core,
    viewer: UserId,
    user: UserId,
    picture: FileId,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let found = core.store.avatar(viewer, user, picture).await?;
    let (picture, acquaintance) = found.ok_or_else(Failure::not_found)?;
    may_see_avatar(acquaintance)?;
    answer(core, &picture, headers).await
}

/// Hands out a guild's picture to its members.
pub(crate) async fn fetch_icon(
    core: &Core,
    member: Option<&MemberFacts>,
    picture: FileId,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let granted = require_in_guild::<TakePart>(member, core.store.now())?;
    let found = find_icon(&core.store, &granted, picture).await?;
    let picture = found.ok_or_else(Failure::not_found)?;
    answer(core, &picture, headers).await
}

/// Hands out a guild's picture to whoever holds an invite to it.
pub(crate) async fn fetch_invite_icon(
    core: &Core,
    invite: &InviteCode,
    picture: FileId,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let found = find_invite_icon(&core.store, invite, picture).await?;
    let (picture, is_open) = found.ok_or_else(Failure::not_found)?;
    let invitation = Invitation {
        is_open,
        is_banned: false,
    };
    may_see_invite(invitation).map_err(|_| Failure::not_found())?;
    answer(core, &picture, headers).await
}

async fn answer(
    core: &Core,
    picture: &StoredPicture,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let tag = tag(&picture.sha256, "");
    if is_known(headers, &tag) {
        return Ok(unchanged(&tag, Caching::Keep));
    }
    let bytes = core.blobs.fetch(&images::original(picture.id), None).await;
    let bytes = bytes.map_err(images::unavailable)?;
    let bytes = bytes.whole(images::MOST_PICTURE).await;
    let bytes = bytes.map_err(images::unavailable)?;
    let (content_type, _) = kind::served(&picture.content_type);
    let mut response = bytes.into_response();
    let fields = vec![
        (CONTENT_TYPE, content_type.to_owned()),
        (CONTENT_DISPOSITION, String::from("inline")),
    ];
    describe(&mut response, &tag, Caching::Keep, fields);
    Ok(response)
}

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kith_wire::{Data, PAGE_BYTES, Paged, json_bytes};
use serde::Serialize;

/// An answer with content: `{"data": …}`.
#[derive(Debug)]
pub struct Reply<T> {
    status: StatusCode,
    data: T,
}

impl<T> Reply<T> {
    /// 200
    pub fn ok(data: T) -> Self {
        Self {
            status: StatusCode::OK,
            data,
        }
    }

    /// 201
    pub fn created(data: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            data,
        }
    }

    /// 202
    pub fn accepted(data: T) -> Self {
        Self {
            status: StatusCode::ACCEPTED,
            data,
        }
    }
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        (self.status, Json(Data { data: self.data })).into_response()
    }
}

/// An answer with a part of a list, and whether there is more of it: `{"data": […], "has_more": …}`.
#[derive(Debug)]
pub struct Listed<T> {
    items: Vec<T>,
    has_more: bool,
}

impl<T: Serialize> Listed<T> {
    /// The first `limit` of the items, and fewer if they have too many bytes. Of the list, one more than the limit was read, if
    /// there is one.
    pub fn first(limit: i64, mut items: Vec<T>) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let mut bytes = 0;
        let fit = items.iter().take(limit).take_while(|item| {
            bytes += json_bytes(item);
            bytes <= PAGE_BYTES
        });
        // One alone is always there, so that nobody who pages stays where they are.
        let fit = fit.count().max(1);
        let has_more = items.len() > fit;
        items.truncate(fit);
        Self { items, has_more }
    }

    /// What was cut already.
    pub fn of(items: Vec<T>, has_more: bool) -> Self {
        Self { items, has_more }
    }
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        let (data, has_more) = (self.items, self.has_more);
        Json(Paged { data, has_more }).into_response()
    }
}

/// An answer without content: 204.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_with_its_bytes_and_says_that_there_is_more() {
        let heavy = || "x".repeat(PAGE_BYTES / 3);
        let page = Listed::first(10, vec![heavy(), heavy(), heavy()]);
        assert_eq!((page.items.len(), page.has_more), (2, true));
        let page = Listed::first(10, vec![heavy(), heavy()]);
        assert_eq!((page.items.len(), page.has_more), (2, false));
        // One that is too large by itself comes all the same.
        let page = Listed::first(10, vec!["x".repeat(2 * PAGE_BYTES), heavy()]);
        assert_eq!((page.items.len(), page.has_more), (1, true));
    }

    #[test]
    fn a_page_ends_with_its_limit_and_an_empty_one_is_the_end() {
        let page = Listed::first(2, vec![1, 2, 3]);
        assert_eq!((page.items, page.has_more), (vec![1, 2], true));
        let page = Listed::first(2, vec![1, 2]);
        assert_eq!((page.items.len(), page.has_more), (2, false));
        let page = Listed::<u8>::first(2, Vec::new());
        assert_eq!((page.items.len(), page.has_more), (0, false));
    }
}

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use kith_wire::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::ApiError;

/// How large a JSON body may be, in bytes: a message of 4000 emoji families fits.
pub const MAX_BODY: usize = 256 * 1024;

/// A JSON body. Errors name the field by its path.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            let message = "the body must be application/json";
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, message));
        }
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY)
            .await
            .map_err(|error| {
                let message = format!("the body must have at most {MAX_BODY} bytes");
                ApiError::new(ErrorCode::PayloadTooLarge, message).because(error)
            })?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind
        .and_then(|text| text.split(';').next())
        .unwrap_or_default()
        .trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if matches!(
            error.classify(),
            Category::Syntax | Category::Eof | Category::Io
        ) {
            return ApiError::field("", format!("the body is no JSON: {error}"));
        }
        let message = error.to_string();
        // Where it stands in the text helps nobody who does not write JSON by hand.
        let message = message.split(" at line ").next().unwrap_or_default();
        ApiError::field(field(&path, message), message)
    })?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(_) => Err(ApiError::field(
            "",
            "the body is no JSON: something follows its end",
        )),
    }
}

/// The field that an error is about. A missing one has no place in the body, only a name in the message.
pub(crate) fn field(path: &str, message: &str) -> String {
    let missing = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    match (path, missing) {
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (".", None) => String::new(),
        (path, None) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use kith_wire::{CreateMessage, ReorderRoles};

    use super::*;

    fn complaint<T: DeserializeOwned>(body: &str) -> (String, String) {
        let error = parse::<T>(body.as_bytes()).err().expect("it is refused");
        let detail = &error.details()[0];
        (detail.field.clone(), detail.message.clone())
    }

    #[test]
    fn every_complaint_names_its_field() {
        let (field, message) = complaint::<CreateMessage>(r#"{"content": " "}"#);
        assert_eq!(field, "content");
        assert!(message.contains("white space"), "{message}");
        assert_eq!(complaint::<CreateMessage>("{}").0, "content");
        assert_eq!(
            complaint::<CreateMessage>(r#"{"content": "a", "colour": 1}"#).0,
            "colour"
        );
        let roles = r#"{"roles": [{"id": "x", "position": 1}]}"#;
        assert_eq!(complaint::<ReorderRoles>(roles).0, "roles[0].id");
        let roles = r#"{"roles": [{"id": "01M7X094NF15018JC8E57M87Z4"}]}"#;
        assert_eq!(complaint::<ReorderRoles>(roles).0, "roles[0].position");
        assert!(complaint::<CreateMessage>("{").1.contains("no JSON"));
        assert!(
            complaint::<CreateMessage>(r#"{"content": "a"} x"#)
                .1
                .contains("no JSON")
        );
    }
}

use std::fmt::Write;

use http::{HeaderMap, Method, Uri};

use super::{CONTENT_DIGEST, DESTINATION, ORIGIN, SignatureError};

/// What every signature covers.
pub const COMPONENTS: [&str; 8] = [
    "@method",
    "@authority",
    "@path",
    "@query",
    CONTENT_DIGEST,
    "content-type",
    ORIGIN,
    DESTINATION,
];

/// What is signed: one line for each component, and the signature's own parameters.
pub(super) fn base<'a>(
    method: &Method,
    uri: &Uri,
    authority: &str,
    headers: &HeaderMap,
    components: impl IntoIterator<Item = &'a str>,
    parameters: &str,
) -> Result<String, SignatureError> {
    let mut base = String::new();
    for name in components {
        let value = match name {
            "@method" => method.as_str().to_owned(),
            "@authority" => normal_authority(authority),
            "@path" => match uri.path() {
                "" => "/".to_owned(),
                path => path.to_owned(),
            },
            "@query" => format!("?{}", uri.query().unwrap_or_default()),
            header => once(headers, header)?.to_owned(),
        };
        let _ = writeln!(base, "\"{name}\": {value}");
    }
    let _ = write!(base, "\"@signature-params\": {parameters}");
    Ok(base)
}

/// In lower case, without the scheme's own port.
pub(super) fn normal_authority(authority: &str) -> String {
    let lower = authority.trim().to_ascii_lowercase();
    lower.strip_suffix(":443").unwrap_or(&lower).to_owned()
}

/// The value of a header that must be there exactly once.
pub(super) fn once<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, SignatureError> {
    let not_once = || SignatureError::NotOnce(name.to_owned());
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(not_once());
    };
    value.to_str().map(str::trim).map_err(|_| not_once())
}

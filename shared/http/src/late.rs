use axum::http::{HeaderMap, Method};
use kith_types::Timestamp;
use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

/// When the front door passed a request on, in the one form of a time that every Caddy knows: that of access logs.
const HEADER: &str = "x-kith-passed-on";
const FORM: &[FormatItem<'_>] = format_description!(
    "[day]/[month repr:short]/[year]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);

/// Clients wait for half a minute. Between hosts the clocks may differ by the rest of it.
const LONGEST_MS: i64 = 20_000;

/// For how many milliseconds a write has been on its way from the front door, if that is too long: its sender may have given it
/// up, and done something else since, which it must not undo. It happens when a host that was cut off is back, or when a
/// process stood still.
pub(crate) fn late_by(method: &Method, headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    if method.is_safe() {
        return None;
    }
    let passed_on = headers.get(HEADER)?.to_str().ok()?;
    let passed_on = OffsetDateTime::parse(passed_on, FORM).ok()?;
    let way = now.millis() - Timestamp::from(passed_on).millis();
    (way > LONGEST_MS).then_some(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(method: &Method, passed_on: &str, now: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, passed_on.parse().unwrap());
        late_by(method, &headers, now.parse().unwrap()).is_some()
    }

    #[test]
    fn a_write_is_late_when_its_sender_may_have_given_it_up() {
        let begun = "05/Dec/2026:10:00:00 +0000";
        let late_then = |now| late(&Method::PATCH, begun, now);
        assert!(!late_then("2026-12-05T10:00:00.500Z"));
        assert!(!late_then("2026-12-05T10:00:20Z"));
        assert!(late_then("2026-12-05T10:00:20.001Z"));
        // The front door's clock is ahead.
        assert!(!late_then("2026-12-05T09:58:00Z"));
    }

    #[test]
    fn the_front_door_may_be_in_another_time_zone() {
        let begun = "05/Dec/2026:06:30:00 -0330";
        assert!(!late(&Method::PUT, begun, "2026-12-05T10:00:01Z"));
        assert!(late(&Method::PUT, begun, "2026-12-05T10:01:00Z"));
    }

    #[test]
    fn what_only_reads_and_what_has_no_time_is_never_late() {
        let (begun, now) = ("05/Dec/2020:10:00:00 +0000", "2026-12-05T10:00:00Z");
        assert!(late(&Method::DELETE, begun, now));
        assert!(!late(&Method::GET, begun, now));
        assert!(!late(&Method::POST, "yesterday", now));
        assert_eq!(
            late_by(&Method::POST, &HeaderMap::new(), now.parse().unwrap()),
            None
        );
    }
}

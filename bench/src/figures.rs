//! What is measured, and how it is printed.

use std::cmp::Ordering;
use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// What one reader, or all of them together, received.
pub(crate) struct Received {
    latency: Histogram<u64>,
    pub(crate) deliveries: u64,
    pub(crate) duplicates: u64,
    pub(crate) disordered: u64,
    pub(crate) missing: u64,
    last_seq: u64,
}

impl Received {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        // One microsecond to two minutes in three digits.
        let latency = Histogram::new_with_bounds(1, 120_000_000, 3).expect("the bounds are valid");
        Self {
            latency,
            deliveries: 0,
            duplicates: 0,
            disordered: 0,
            missing: 0,
            last_seq: 0,
        }
    }

    /// Notes a delivery of the message `seq`, which came this long after it should have been sent.
    pub(crate) fn note(&mut self, seq: u64, latency: Duration) {
        self.deliveries += 1;
        self.latency.saturating_record(latency.as_micros() as u64);
        if self.last_seq != 0 {
            match seq.cmp(&self.last_seq) {
                Ordering::Equal => self.duplicates += 1,
                Ordering::Less => self.disordered += 1,
                Ordering::Greater => self.missing += seq - self.last_seq - 1,
            }
        }
        self.last_seq = self.last_seq.max(seq);
    }

    /// Takes what another reader received into account.
    pub(crate) fn add(&mut self, other: &Self) -> Result<()> {
        self.latency.add(&other.latency)?;
        self.deliveries += other.deliveries;
        self.duplicates += other.duplicates;
        self.disordered += other.disordered;
        self.missing += other.missing;
        Ok(())
    }

    /// The figures as JSON; latencies in milliseconds.
    pub(crate) fn report(&self, expected: u64, took: Duration) -> Value {
        let at = |quantile| self.latency.value_at_quantile(quantile) as f64 / 1000.0;
        json!({
            "p50_ms": at(0.5), "p99_ms": at(0.99), "p999_ms": at(0.999),
            "max_ms": self.latency.max() as f64 / 1000.0,
            "deliveries": self.deliveries,
            "deliveries_per_second": (self.deliveries as f64 / took.as_secs_f64()).round(),
            "lost": expected.saturating_sub(self.deliveries - self.duplicates - self.disordered),
            "duplicates": self.duplicates, "order_violations": self.disordered, "gaps": self.missing,
            "seconds": took.as_secs_f64(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_duplicates_and_disorder_are_told_apart() {
        let mut received = Received::new();
        for seq in [5, 6, 6, 8, 7, 9] {
            received.note(seq, Duration::from_millis(2));
        }
        let report = received.report(5, Duration::from_secs(1));
        assert_eq!(report["duplicates"], 1);
        assert_eq!(report["order_violations"], 1);
        assert_eq!(report["gaps"], 1);
        assert_eq!(report["lost"], 1);
        assert_eq!(report["p50_ms"], 2.0);
    }
}

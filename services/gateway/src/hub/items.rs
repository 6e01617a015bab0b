use std::sync::Arc;

use kith_bus::{IngestEvent, IngestItem};
use metrics::counter;

use super::{Hub, Phase};
use crate::entry::Entry;

impl Hub {
    pub(super) async fn on_item(&mut self, item: IngestItem) {
        match item {
            IngestItem::Event(event) => self.on_event(event).await,
            IngestItem::Unknown { stream_seq } => {
                self.parts.ring.skip(stream_seq);
                self.apply_if_live(None).await;
            }
            IngestItem::Interrupted(why) => {
                tracing::warn!(
                    why = why.name(),
                    "the stream is interrupted; nothing is dispatched until it is complete"
                );
                self.parts
                    .health
                    .down(format!("the stream is interrupted: {}", why.name()));
                self.phase = Phase::Away;
            }
            IngestItem::Resumed { at } => {
                self.parts.ring.reach(at);
                self.check();
            }
            IngestItem::Lost { from, to } => {
                tracing::error!(
                    from,
                    to,
                    "the stream has lost events that were not read; sessions begin anew"
                );
                self.begin_anew("lost");
                self.parts.ring.reach(to);
            }
            IngestItem::Reset { had, last } => {
                tracing::error!(
                    had,
                    last,
                    "the stream is another one than before; sessions begin anew"
                );
                self.begin_anew("reset");
                self.phase = Phase::Away;
            }
        }
    }

    async fn on_event(&mut self, event: IngestEvent) {
        let IngestEvent {
            stream_seq,
            published_at,
            head,
            payload,
            traceparent,
        } = event;
        if !self.revs.admit(head.aggregate(), head.rev) {
            counter!("kith_gateway_repeats_dropped_total").increment(1);
            self.parts.ring.skip(stream_seq);
            return self.apply_if_live(None).await;
        }
        let entry = Arc::new(Entry::new(stream_seq, head, &payload, traceparent));
        let now = self.now();
        self.parts.ring.push(entry.clone(), published_at, now);
        self.apply_if_live(Some(&entry)).await;
    }

    /// The next event of the stream, if it is one to apply, is in the ring.
    async fn apply_if_live(&mut self, entry: Option<&Arc<Entry>>) {
        if self.phase == Phase::Live {
            self.pins.process(self.parts.ring.last());
            if let Some(entry) = entry {
                self.on_entry(entry).await;
            }
            self.applied = self.parts.ring.last();
        }
    }

    /// Applies what came while nothing was dispatched, and goes on as usual.
    pub(super) async fn go_live(&mut self) {
        if !self.users.is_empty() && !self.parts.ring.reaches_back_to(self.applied) {
            tracing::error!("more has come than the ring keeps; sessions begin anew");
            self.begin_anew("overflow");
        }
        let waiting: Vec<_> = self.parts.ring.after(self.applied).cloned().collect();
        // Without sessions there is nobody who has to be told.
        if !self.users.is_empty() {
            for entry in &waiting {
                self.pins.process(entry.seq);
                self.on_entry(entry).await;
            }
        }
        self.applied = self.parts.ring.last();
        self.pins.process(self.applied);
        self.phase = Phase::Live;
        self.doubt_presences();
        self.parts.health.up();
        tracing::info!(s = self.applied, "the stream is complete");
    }
}

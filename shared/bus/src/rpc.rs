use std::future::Future;
use std::time::Duration;

use async_nats::client::{PublishErrorKind, SubscribeError};
use async_nats::header::IntoHeaderValue;
use async_nats::{HeaderMap, Message, StatusCode, Subject, Subscriber};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use kith_events::rpc::{Answer, Request};
use kith_wire::ErrorCode;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::Bus;
use crate::publish::TRACE;

/// How long the one who asks waits, and the one who answers works.
pub const RPC_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest message. NATS is set to take 1 MB; design rule 5 leaves half of that as a reserve.
const MAX_PART: usize = 512 * 1024;

/// How many messages an answer may come in. All of it was read at one moment, and both sides hold it in memory: 16 MB are what
/// describes the largest guild that ever could be made.
const MAX_PARTS: usize = 32;

/// Says in a question that its answer may come in parts; and in a part which one it is, `2/5`. An answer without it is whole.
const PARTS: &str = "Kith-Parts";

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// No one could be asked, or no one answered in time. It may have been done all the same.
    #[error("nobody answers {0}")]
    Unavailable(&'static str),
    /// The answer is that it cannot be.
    #[error("{0} was answered with {code}", code = <&str>::from(.1))]
    Refused(&'static str, ErrorCode),
    #[error("{0} cannot be encoded or its answer cannot be read")]
    Codec(&'static str, #[source] serde_json::Error),
    #[error("NATS does not take {0}")]
    Rejected(&'static str, #[source] async_nats::PublishError),
    /// The parts of an answer are not in order, or more than an answer has.
    #[error("the parts of the answer to {0} do not fit together")]
    Torn(&'static str),
}

impl RequestError {
    /// What to tell a client.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Refused(_, code) => *code,
            Self::Codec(..) | Self::Rejected(..) | Self::Torn(_) => ErrorCode::Internal,
        }
    }
}

/// The endpoint cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("NATS does not let us serve {0}")]
pub struct ServeError(&'static str, #[source] SubscribeError);

impl Bus {
    /// Asks any one of those who serve `R`, and waits at most [`RPC_TIMEOUT`], and as long again for all the parts of its answer.
    pub async fn request<R: Request>(&self, request: &R) -> Result<R::Reply, RequestError> {
        let away = || RequestError::Unavailable(R::NAME);
        if !self.is_connected() {
            return Err(away());
        }
        let payload =
            serde_json::to_vec(request).map_err(|error| RequestError::Codec(R::NAME, error))?;
        let mut headers = HeaderMap::new();
        headers.insert(PARTS, "1");
        if let Some(trace) = kith_runtime::current_traceparent() {
            headers.insert(TRACE, trace.into_header_value());
        }
        let inbox = self.client.new_inbox();
        let mut answers = self
            .client
            .subscribe(inbox.clone())
            .await
            .map_err(|_| away())?;
        let subject = self.subject_of::<R>();
        let asking =
            self.client
                .publish_with_reply_and_headers(subject, inbox, headers, payload.into());
        asking.await.map_err(|error| match error.kind() {
            PublishErrorKind::Send => away(),
            _ => RequestError::Rejected(R::NAME, error),
        })?;
        let first = tokio::time::timeout(RPC_TIMEOUT, answers.next()).await;
        let first = first.ok().flatten().ok_or_else(away)?;
        if first.status == Some(StatusCode::NO_RESPONDERS) {
            return Err(away());
        }
        let whole = tokio::time::timeout(RPC_TIMEOUT, join::<R>(first, &mut answers));
        let payload = whole.await.map_err(|_| away())??;
        let answer: Answer<R> = serde_json::from_slice(&payload)
            .map_err(|error| RequestError::Codec(R::NAME, error))?;
        answer.map_err(|code| RequestError::Refused(R::NAME, code))
    }

    /// Answers `R` with `handler` until `stop`, then those that have come in already. Of all processes that serve `R`, one gets
    /// each question. At most `concurrency` are answered at once, all in the task that awaits this: where the
    /// handler's own work fills a core, serve more than once.
    pub async fn serve<R, H, F>(
        &self,
        concurrency: usize,
        stop: CancellationToken,
        handler: H,
    ) -> Result<(), ServeError>
    where
        R: Request,
        H: Fn(R) -> F,
        F: Future<Output = Answer<R>>,
    {
        let subject = self.subject_of::<R>();
        let queue = self
            .client
            .queue_subscribe(subject, String::from("rpc"))
            .await;
        let subscriber = queue.map_err(|error| ServeError(R::NAME, error))?;
        until(subscriber, stop)
            .for_each_concurrent(concurrency, |message| async {
                let span = tracing::info_span!("rpc", rpc.name = R::NAME);
                if let Some(trace) = message
                    .headers
                    .as_ref()
                    .and_then(|headers| headers.get(TRACE))
                {
                    kith_runtime::set_parent(&span, trace.as_str());
                }
                self.answer::<R, _>(message, &handler)
                    .instrument(span)
                    .await;
            })
            .await;
        Ok(())
    }

    async fn answer<R: Request, F: Future<Output = Answer<R>>>(
        &self,
        message: Message,
        handler: &impl Fn(R) -> F,
    ) {
        let Some(reply) = message.reply else { return };
        let answer = match serde_json::from_slice(&message.payload) {
            Ok(request) => tokio::time::timeout(RPC_TIMEOUT, handler(request))
                .await
                .unwrap_or_else(|_| {
                    tracing::warn!(rpc.name = R::NAME, "a question was not answered in time");
                    Err(ErrorCode::Unavailable)
                }),
            Err(error) => {
                tracing::error!(rpc.name = R::NAME, error = %error, "a question cannot be read");
                Err(ErrorCode::InvalidRequest)
            }
        };
        let outcome = answer.as_ref().map_or_else(<&str>::from, |_| "ok");
        metrics::counter!("kith_bus_answers_total", "name" => R::NAME, "outcome" => outcome)
            .increment(1);
        // Who asks may be of a release that expects one message.
        let in_parts = message
            .headers
            .as_ref()
            .is_some_and(|it| it.get(PARTS).is_some());
        let most = if in_parts { MAX_PARTS } else { 1 };
        let payload = encode::<R>(&answer, most * MAX_PART).unwrap_or_else(|| {
            let failed: Answer<R> = Err(ErrorCode::Internal);
            Bytes::from(serde_json::to_vec(&failed).unwrap_or_default())
        });
        if let Err(error) = self.send_parts(reply, payload).await {
            tracing::warn!(rpc.name = R::NAME, error = %error, "an answer could not be sent");
        }
    }

    /// Sends an answer, in as many messages as it takes.
    async fn send_parts(
        &self,
        reply: Subject,
        mut payload: Bytes,
    ) -> Result<(), async_nats::PublishError> {
        let count = payload.len().div_ceil(MAX_PART);
        if count <= 1 {
            return self.client.publish(reply, payload).await;
        }
        for number in 1..=count {
            let part = payload.split_to(payload.len().min(MAX_PART));
            let mut headers = HeaderMap::new();
            headers.insert(PARTS, format!("{number}/{count}").as_str());
            self.client
                .publish_with_headers(reply.clone(), headers, part)
                .await?;
        }
        Ok(())
    }

    fn subject_of<R: Request>(&self) -> String {
        self.namespace.subject(&format!("rpc.v1.{}", R::NAME))
    }
}

/// The whole answer, of which `first` is the first message.
async fn join<R: Request>(first: Message, others: &mut Subscriber) -> Result<Bytes, RequestError> {
    let torn = || RequestError::Torn(R::NAME);
    let Some((number, count)) = part(&first) else {
        return Ok(first.payload);
    };
    if number != 1 || count > MAX_PARTS {
        return Err(torn());
    }
    let mut whole = BytesMut::from(first.payload.as_ref());
    for wanted in 2..=count {
        let next = others.next().await;
        let next = next.ok_or(RequestError::Unavailable(R::NAME))?;
        if part(&next) != Some((wanted, count)) || next.payload.len() > MAX_PART {
            return Err(torn());
        }
        whole.extend_from_slice(&next.payload);
    }
    Ok(whole.freeze())
}

/// Which part of how many this is; none if it is all.
fn part(message: &Message) -> Option<(usize, usize)> {
    let header = message.headers.as_ref()?.get(PARTS)?;
    let (number, count) = header.as_str().split_once('/')?;
    Some((number.parse().ok()?, count.parse().ok()?))
}

fn encode<R: Request>(answer: &Answer<R>, most: usize) -> Option<Bytes> {
    let payload = serde_json::to_vec(answer);
    match payload {
        Ok(payload) if payload.len() <= most => Some(Bytes::from(payload)),
        Ok(payload) => {
            tracing::error!(
                rpc.name = R::NAME,
                bytes = payload.len(),
                "an answer is too large to be sent"
            );
            None
        }
        Err(error) => {
            tracing::error!(rpc.name = R::NAME, error = %error, "an answer cannot be encoded");
            None
        }
    }
}

/// What comes in until `stop`, and then what has come in already.
fn until(
    subscriber: Subscriber,
    stop: CancellationToken,
) -> impl futures_util::Stream<Item = Message> {
    stream::unfold(
        (subscriber, stop, false),
        |(mut subscriber, stop, mut draining)| async move {
            loop {
                if draining {
                    let message = subscriber.next().await?;
                    return Some((message, (subscriber, stop, draining)));
                }
                tokio::select! {
                    biased;
                    () = stop.cancelled() => {
                        draining = true;
                        // Without a connection nothing more can come in.
                        subscriber.drain().await.ok()?;
                    }
                    message = subscriber.next() => return Some((message?, (subscriber, stop, draining))),
                }
            }
        },
    )
}

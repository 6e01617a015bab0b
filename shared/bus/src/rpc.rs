use std::future::Future;
use std::time::Duration;

use async_nats::client::{RequestErrorKind, SubscribeError};
use async_nats::header::IntoHeaderValue;
use async_nats::{HeaderMap, Message, Subscriber};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use kith_events::rpc::{Answer, Request};
use kith_wire::ErrorCode;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::Bus;
use crate::publish::TRACE;

/// How long the one who asks waits, and the one who answers works.
pub const RPC_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer. NATS is set to take 1 MB; design rule 5 leaves half of that as a reserve.
const MAX_REPLY: usize = 512 * 1024;

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
    Rejected(&'static str, #[source] async_nats::RequestError),
}

impl RequestError {
    /// What to tell a client.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Refused(_, code) => *code,
            Self::Codec(..) | Self::Rejected(..) => ErrorCode::Internal,
        }
    }
}

/// The endpoint cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("NATS does not let us serve {0}")]
pub struct ServeError(&'static str, #[source] SubscribeError);

impl Bus {
    /// Asks any one of those who serve `R`, and waits at most [`RPC_TIMEOUT`].
    pub async fn request<R: Request>(&self, request: &R) -> Result<R::Reply, RequestError> {
        if !self.is_connected() {
            return Err(RequestError::Unavailable(R::NAME));
        }
        let payload =
            serde_json::to_vec(request).map_err(|error| RequestError::Codec(R::NAME, error))?;
        let mut question = async_nats::Request::new()
            .payload(payload.into())
            .timeout(Some(RPC_TIMEOUT));
        if let Some(trace) = kith_runtime::current_traceparent() {
            let mut headers = HeaderMap::new();
            headers.insert(TRACE, trace.into_header_value());
            question = question.headers(headers);
        }
        let message = self
            .client
            .send_request(self.subject_of::<R>(), question)
            .await;
        let message = message.map_err(|error| match error.kind() {
            RequestErrorKind::TimedOut
            | RequestErrorKind::NoResponders
            | RequestErrorKind::Other => RequestError::Unavailable(R::NAME),
            _ => RequestError::Rejected(R::NAME, error),
        })?;
        let answer: Answer<R> = serde_json::from_slice(&message.payload)
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
        let payload = encode::<R>(&answer).unwrap_or_else(|| {
            let failed: Answer<R> = Err(ErrorCode::Internal);
            Bytes::from(serde_json::to_vec(&failed).unwrap_or_default())
        });
        if let Err(error) = self.client.publish(reply, payload).await {
            tracing::warn!(rpc.name = R::NAME, error = %error, "an answer could not be sent");
        }
    }

    fn subject_of<R: Request>(&self) -> String {
        self.namespace.subject(&format!("rpc.v1.{}", R::NAME))
    }
}

fn encode<R: Request>(answer: &Answer<R>) -> Option<Bytes> {
    let payload = serde_json::to_vec(answer);
    match payload {
        Ok(payload) if payload.len() <= MAX_REPLY => Some(Bytes::from(payload)),
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

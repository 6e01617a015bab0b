use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use kith_wire::{CloseCode, Hello, Op, RequestMembers, SetPresence};
use metrics::counter;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::doors::Visit;
use super::members;
use super::pipe::{Input, Socket};
use super::request::Request;
use super::start::{self, Start, Started};
use crate::Gateway;
use crate::frame;
use crate::outlet::{Closing, Outlet};

/// How long a client may take to say who it is: one answer over a slow line.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// How long the last words may take to be sent, and then the client to close as well.
const GOODBYE: Duration = Duration::from_secs(3);

/// An answer that is on its way to the client.
type Listing = Pin<Box<dyn Future<Output = ()> + Send>>;
/// Only while a session starts is there anything large; then it is given back.
type Starting = Pin<Box<dyn Future<Output = Started> + Send>>;

enum Event {
    Input(Input),
    Started(Started),
    Listed,
}

/// A client's connection. There are ten thousands of them: whatever is large and rare is boxed.
pub(super) struct Session {
    gateway: Arc<Gateway>,
    outlet: Arc<Outlet>,
    socket: Socket,
    visit: Arc<Visit>,
    starting: Option<Starting>,
    listing: Option<Listing>,
    /// The last question about members that has not been begun with.
    asked: Option<RequestMembers>,
    /// What the client says that it is.
    presence: SetPresence,
    /// Whether the client has said who it is, and it was right or is not known yet.
    introduced: bool,
    deadline: Instant,
    /// When the client is told to go elsewhere, because the process ends.
    leaves: Option<Instant>,
}

impl Session {
    pub(super) fn new(
        gateway: Arc<Gateway>,
        visit: Visit,
        stream: TcpStream,
        early: &[u8],
    ) -> Box<Self> {
        let (reading, writing) = stream.into_split();
        let id = gateway.next_id();
        let outlet = Arc::new(Outlet::new(id, writing, gateway.limits.session_bytes));
        let socket = Socket::new(reading, early, outlet.clone());
        let now = Instant::now();
        Box::new(Self {
            gateway,
            outlet,
            socket,
            visit: Arc::new(visit),
            starting: None,
            listing: None,
            asked: None,
            presence: SetPresence { status: None },
            introduced: false,
            deadline: now + INTRODUCTION,
            leaves: None,
        })
    }

    /// Serves the connection to its end.
    pub(super) async fn serve(mut self: Box<Self>) {
        let hello = Hello {
            heartbeat_interval: self.gateway.limits.heartbeat.as_millis() as u64,
        };
        self.outlet.send(&frame::plain(Op::Hello, None, hello));
        let gateway = self.gateway.clone();
        let mut stopping = pin!(gateway.lifecycle.stopping());
        let mut timer = pin!(tokio::time::sleep_until(self.deadline));
        let closing = loop {
            let due = self.due();
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            tokio::select! {
                biased;
                event = poll_fn(|context| self.poll(context)) => {
                    if let Some(closing) = self.on_event(event) {
                        break closing;
                    }
                }
                () = &mut timer => match self.outlet.closing() {
                    Some(closing) => break closing,
                    None => self.on_due(),
                },
                () = &mut stopping, if self.leaves.is_none() => {
                    self.leaves = Some(Instant::now() + gateway.leaving_delay(self.outlet.id()));
                }
            }
        };
        Box::pin(self.end(closing)).await;
    }

    /// The next thing that happens on the connection, or how its start has ended.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        // What waits is written before the start of a session looks whether it may go on.
        if let Poll::Ready(input) = self.socket.poll(context) {
            return Poll::Ready(Event::Input(input));
        }
        match (&mut self.starting, &mut self.listing) {
            (Some(starting), _) => starting.as_mut().poll(context).map(Event::Started),
            (None, Some(listing)) => listing.as_mut().poll(context).map(|()| Event::Listed),
            (None, None) => Poll::Pending,
        }
    }

    fn on_event(&mut self, event: Event) -> Option<Closing> {
        match event {
            Event::Input(Input::Message(message)) => self.on_message(message),
            Event::Input(Input::Broken(error)) => self.on_broken(&error),
            Event::Input(Input::Closing) => self.on_closing(),
            Event::Input(Input::Closed(closing)) => return Some(closing),
            Event::Started(started) => self.on_started(&started),
            Event::Listed => {
                self.listing = None;
                self.list_next();
            }
        }
        None
    }

    async fn end(mut self: Box<Self>, closing: Closing) {
        self.starting = None;
        self.listing = None;
        self.gateway.connections.end(self.outlet.id());
        if let Some(user) = self.outlet.user() {
            self.gateway.hub.detach(user, self.outlet.id()).await;
        }
        counter!("kith_gateway_closed_total", "reason" => closing.label()).increment(1);
        if closing == Closing::Gone {
            self.outlet.shut();
        } else {
            let _ = tokio::time::timeout(GOODBYE, self.socket.linger()).await;
        }
    }

    fn on_message(&mut self, message: Message) {
        if self.outlet.closing().is_some() {
            return;
        }
        let text = match message {
            Message::Text(text) => text,
            // The library answers a ping, and a close it answers before it says that the connection is at its end.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => return,
            Message::Binary(_) => {
                let closing = Closing::Code(CloseCode::DecodeError, "frames are text");
                return self.outlet.close(closing);
            }
        };
        match Request::read(&text) {
            Ok(request) => self.on_request(request),
            Err(closing) if self.introduced => self.outlet.close(closing),
            Err(closing @ Closing::Code(CloseCode::DecodeError, _)) => self.outlet.close(closing),
            Err(_) => self
                .outlet
                .close(Closing::Code(CloseCode::NotAuthenticated, "identify first")),
        }
    }

    fn on_request(&mut self, request: Request) {
        match request {
            Request::Heartbeat => return self.on_heartbeat(),
            Request::Presence(_) | Request::Members(_) if !self.introduced => {
                let words = "identify first";
                return self
                    .outlet
                    .close(Closing::Code(CloseCode::NotAuthenticated, words));
            }
            Request::Presence(presence) => {
                self.presence = presence;
                return self.say_presence();
            }
            Request::Members(members) => {
                self.asked = Some(members);
                return self.list_next();
            }
            Request::Identify(_) | Request::Resume(_) => {}
        }
        if self.introduced {
            let words = "you have identified already";
            return self
                .outlet
                .close(Closing::Code(CloseCode::AlreadyAuthenticated, words));
        }
        self.introduced = true;
        self.deadline = self.alive_until();
        self.visit.is_known(true);
        let start = Start {
            gateway: self.gateway.clone(),
            outlet: self.outlet.clone(),
            visit: self.visit.clone(),
        };
        self.starting = match request {
            Request::Identify(identify) => Some(Box::pin(start::identify(start, identify))),
            Request::Resume(resume) => Some(Box::pin(start::resume(start, resume))),
            Request::Heartbeat | Request::Presence(_) | Request::Members(_) => None,
        };
    }

    fn say_presence(&self) {
        let connections = &self.gateway.connections;
        connections.set(self.outlet.id(), self.presence.status);
    }

    /// Begins with the last question about members, one at a time and not before there is a session.
    fn list_next(&mut self) {
        if self.starting.is_some() || self.listing.is_some() {
            return;
        }
        let Some((user, asked)) = self.outlet.user().zip(self.asked.take()) else {
            return;
        };
        let (gateway, outlet) = (self.gateway.clone(), self.outlet.clone());
        self.listing = Some(Box::pin(members::list(gateway, outlet, user, asked)));
    }

    fn on_heartbeat(&mut self) {
        if self.introduced {
            self.deadline = self.alive_until();
        }
        let known = self
            .outlet
            .user()
            .filter(|_| self.introduced && self.starting.is_none());
        let told = known.is_some_and(|user| self.gateway.hub.heartbeat(user, self.outlet.id()));
        if !told {
            self.outlet.send(&frame::plain(Op::HeartbeatAck, None, ()));
        }
    }

    fn on_started(&mut self, started: &Started) {
        self.starting = None;
        match *started {
            Started::Live => {
                self.say_presence();
                self.list_next();
            }
            Started::Not { resumable } => {
                self.gateway.connections.end(self.outlet.id());
                // It may try again on this connection.
                self.introduced = false;
                self.visit.is_known(false);
                self.deadline = Instant::now() + INTRODUCTION;
                let body = kith_wire::InvalidSession { resumable };
                self.outlet
                    .send(&frame::plain(Op::InvalidSession, None, body));
            }
            Started::Close(closing) => self.outlet.close(closing),
        }
    }

    /// When something is due next.
    fn due(&self) -> Instant {
        self.leaves
            .map_or(self.deadline, |leaves| leaves.min(self.deadline))
    }

    fn on_due(&mut self) {
        self.outlet.close(
            if self.leaves.is_some_and(|leaves| leaves <= Instant::now()) {
                Closing::Leaving
            } else if self.introduced {
                Closing::Code(CloseCode::SessionTimedOut, "no heartbeat came")
            } else {
                Closing::Code(CloseCode::NotAuthenticated, "you did not identify in time")
            },
        );
    }

    fn on_closing(&mut self) {
        self.starting = None;
        self.listing = None;
        self.deadline = Instant::now() + GOODBYE;
        // From now on only the goodbye is due.
        self.leaves = Some(self.deadline);
    }

    fn on_broken(&mut self, error: &Error) {
        if self.socket.is_flooded() {
            let words = "too many frames";
            return self
                .outlet
                .close(Closing::Code(CloseCode::RateLimited, words));
        }
        let words = match error {
            Error::Capacity(_) => "the frame is too long",
            Error::Utf8(_) => "the frame is not text",
            _ => return self.outlet.shut(),
        };
        self.outlet
            .close(Closing::Code(CloseCode::DecodeError, words));
    }

    /// A heartbeat may be late by half of the interval.
    fn alive_until(&self) -> Instant {
        Instant::now() + self.gateway.limits.heartbeat * 3 / 2
    }
}

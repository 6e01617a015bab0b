//! What may come from one address and one account, counted before anybody else is asked: a stranger's connection costs its memory,
//! and its word costs a look-up. Each process counts for itself.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kith_http::ClientAddress;
use kith_types::{Quota, UserId};
use metrics::counter;
use tokio::time::Instant;

use super::budget::Budget;

/// Tokens that are not good, from one address: somebody who comes back with an old one tries once and logs in anew. When they are used
/// up, nobody new is asked about from there; who resumes a session of this instance is.
const FAILURES: Quota = Quota::new(30, Duration::from_mins(1));
/// How often one account may begin or resume sessions: all its devices, each after each break.
const BEGINNINGS: Quota = Quota::new(120, Duration::from_mins(1));
/// How many addresses and accounts are remembered before those are forgotten of which nothing is left to remember.
const REMEMBERED: usize = 10_000;

/// What the configuration says of one address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DoorLimits {
    /// How many sockets may be open; and as many may say who they are in a minute.
    pub(crate) sockets: u32,
    /// How many of them may not have said who they are.
    pub(crate) strangers: u32,
}

pub(crate) struct Doors {
    limits: DoorLimits,
    places: Mutex<HashMap<IpAddr, Place>>,
    accounts: Mutex<HashMap<UserId, Budget>>,
}

/// What an address has here.
struct Place {
    sockets: u32,
    strangers: u32,
    introductions: Budget,
    failures: Budget,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crowded;

/// A socket's place; it is given back when the socket is gone.
pub(crate) struct Visit {
    doors: Arc<Doors>,
    address: IpAddr,
    stranger: AtomicBool,
}

impl Doors {
    pub(crate) fn new(limits: DoorLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            places: Mutex::default(),
            accounts: Mutex::default(),
        })
    }

    /// Takes a place for a socket of a stranger.
    pub(crate) fn enter(self: &Arc<Self>, from: ClientAddress) -> Result<Visit, Crowded> {
        let (address, now) = (from.subscriber(), Instant::now());
        let mut places = self.places.lock().expect("no code panics inside");
        if places.len() >= REMEMBERED && !places.contains_key(&address) {
            places.retain(|_, place| !place.is_forgettable(now));
        }
        let minute = Quota::new(self.limits.sockets, Duration::from_mins(1));
        let place = places.entry(address).or_insert_with(|| Place {
            sockets: 0,
            strangers: 0,
            introductions: Budget::new(minute, now),
            failures: Budget::new(FAILURES, now),
        });
        if place.sockets >= self.limits.sockets || place.strangers >= self.limits.strangers {
            return Err(refused("sockets"));
        }
        place.sockets += 1;
        place.strangers += 1;
        Ok(Visit {
            doors: self.clone(),
            address,
            stranger: AtomicBool::new(true),
        })
    }

    /// Whether an account may begin or resume one more session.
    pub(crate) fn admit(&self, user: UserId) -> Result<(), Crowded> {
        let now = Instant::now();
        let mut accounts = self.accounts.lock().expect("no code panics inside");
        if accounts.len() >= REMEMBERED && !accounts.contains_key(&user) {
            accounts.retain(|_, budget| !budget.is_full(now));
        }
        let budget = accounts.entry(user);
        let budget = budget.or_insert_with(|| Budget::new(BEGINNINGS, now));
        if budget.spend(1, now) {
            Ok(())
        } else {
            Err(refused("account"))
        }
    }
}

impl Place {
    fn is_forgettable(&mut self, now: Instant) -> bool {
        self.sockets == 0 && self.introductions.is_full(now) && self.failures.is_full(now)
    }
}

impl Visit {
    /// Whether it may be asked who this is. `known`: that there was a session is certain already.
    pub(crate) fn introduce(&self, known: bool) -> Result<(), Crowded> {
        let now = Instant::now();
        self.at(|place| {
            if !known && !place.failures.is_open(now) {
                Err(refused("failures"))
            } else if place.introductions.spend(1, now) {
                Ok(())
            } else {
                Err(refused("introductions"))
            }
        })
        .unwrap_or(Ok(()))
    }

    /// The token was not good.
    pub(crate) fn failed(&self) {
        self.at(|place| place.failures.spend(1, Instant::now()));
    }

    /// Whether it is known whose socket this is.
    pub(crate) fn is_known(&self, known: bool) {
        let was_stranger = self.stranger.swap(!known, Ordering::Relaxed);
        self.at(|place| match (was_stranger, known) {
            (true, true) => place.strangers -= 1,
            (false, false) => place.strangers += 1,
            _ => {}
        });
    }

    fn at<T>(&self, act: impl FnOnce(&mut Place) -> T) -> Option<T> {
        let mut places = self.doors.places.lock().expect("no code panics inside");
        places.get_mut(&self.address).map(act)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.is_known(true);
        self.at(|place| place.sockets -= 1);
    }
}

fn refused(why: &'static str) -> Crowded {
    counter!("kith_gateway_refused_total", "why" => why).increment(1);
    Crowded
}

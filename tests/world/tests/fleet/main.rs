//! The fleet, seen from outside: what people are promised, and what happens when parts of it are gone.

mod access;
mod calls;
mod conversation;
mod corpus;
mod costs;
mod failures;
mod federation;
mod files;
mod front;
mod frozen;
mod images;
mod metrics;
mod outages;
mod people;
mod presence;
mod resume;
mod routes;
mod search;
mod traces;
mod voice;
mod voice_failures;
mod world;

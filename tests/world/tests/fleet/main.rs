//! The fleet, seen from outside: what people are promised, and what happens when parts of it are gone.

mod access;
mod conversation;
mod corpus;
mod costs;
mod failures;
mod federation;
mod files;
mod front;
mod frozen;
mod hierarchy;
mod images;
mod metrics;
mod objects;
mod outages;
mod pictures;
mod presence;
mod presence_failures;
mod resume;
mod routes;
mod search;
mod search_failures;
mod search_files;
mod traces;
mod voice;
mod voice_failures;

//! Posting, paging, editing and deleting, with a real Postgres.

mod editing;
mod paging;
mod place;
mod posting;
mod racing;
mod searching;
mod statements;
mod together;

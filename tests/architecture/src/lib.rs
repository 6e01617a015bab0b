//! The rules of the house, as pure functions from what the workspace looks like to what is wrong with it.
//! `tests/house.rs` applies them to this workspace; each rule shows on a small made-up input that it can fail.

mod engines;
mod files;
mod manifests;
mod ranks;
mod settings;
mod sources;
mod workspace;

pub use engines::engine_crates_have_one_owner;
pub use files::{files_are_short, names_say_something};
pub use manifests::manifests_inherit_from_the_workspace;
pub use ranks::dependencies_go_down_the_ranks;
pub use settings::keys_are_read;
pub use sources::{crates_are_documented, no_test_is_left_out, sql_stands_in_the_store};
pub use workspace::{Crate, Dependency, Kind, SourceFile, Workspace};

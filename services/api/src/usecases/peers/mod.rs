//! What administrators of the instance decide about other instances.

mod decide;
mod list;
mod rules;

pub(crate) use decide::decide;
pub(crate) use list::{get, list};
pub(crate) use rules::{list_rules, put_rule, remove_rule};

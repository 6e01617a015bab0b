//! Other instances: how they stand, their keys, their people, and what was decided about them.

mod audit;
mod decide;
mod health;
mod keys;
mod learn;
mod list;
mod nonces;
mod people;
mod row;
mod rules;

pub use audit::{Note, list_audit};
pub use decide::decide;
pub use health::{Failed, due, failed, greeted};
pub use keys::{KnownKey, key};
pub use learn::{Learnt, learn};
pub use list::{find, list};
pub use nonces::{purge_nonces, use_nonce};
pub use people::{Person, forget, local_by_id, local_by_name, remember};
pub use row::{Greeting, PeerRow};
pub use rules::{RuleRow, list_rules, put_rule, remove_rule, rules};

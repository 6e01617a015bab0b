//! Whether a request from another instance is believed.

mod negotiate;
mod signed;

pub(crate) use negotiate::{common_features, highest_common};
pub(crate) use signed::{FAILED, Signed, Visitor, store_failed};

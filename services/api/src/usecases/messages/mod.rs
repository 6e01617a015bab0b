//! Messages: what stands behind their routes.

pub(crate) mod acknowledge;
pub(crate) mod delete;
pub(crate) mod edit;
pub(crate) mod mentions;
pub(crate) mod named;
pub(crate) mod post;
pub(crate) mod type_in;

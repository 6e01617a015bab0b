//! What is done with a file.

pub(crate) mod fetch;
mod headers;
pub(crate) mod incoming;
mod kind;
pub(crate) mod pictures;
mod range;
pub(crate) mod receive;
pub(crate) mod room;

pub(crate) use kind::image_format;

//! What is done with a file.

pub(crate) mod fetch;
mod kind;
mod range;
pub(crate) mod receive;

pub(crate) use kind::image_format;

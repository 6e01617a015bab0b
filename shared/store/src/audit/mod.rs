//! The audit log, as it is read; it is written with the unit of work of the act itself.

mod list;

pub use list::list;

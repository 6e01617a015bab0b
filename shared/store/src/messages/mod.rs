//! Messages: posting many in one statement, pages of history in one.

mod acknowledge;
mod delete;
mod draft;
mod edit;
mod find;
mod page;
mod post;
mod row;

pub use acknowledge::{Acknowledged, acknowledge, begin_again, begin_to_see};
pub use delete::delete;
pub use draft::{Draft, NewMessage};
pub use edit::{Edit, edit};
pub(crate) use find::find;
pub use page::{Page, Position};
pub use post::{Posted, Together};
pub(crate) use row::{AttachmentRow, AttachmentsColumn};

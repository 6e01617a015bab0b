//! Files that people send. Their bytes are in the object store; here is whose they are, where they are shown and when they
//! go. A row is written before the first byte is sent and deleted after the last object is gone.

mod begin;
mod find;
mod finish;
mod purge;
mod row;
mod storage;
mod work_on;

pub use find::{FilePlace, StoredFile};
pub use finish::Received;
pub use row::FileState;
pub use storage::{StorageBounds, StorageFull};
pub use work_on::{Seen, Stored, WaitingFile, Worked, WorkedOn};

use crate::StoreError;

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// It is being sent, or was broken off.
    Receiving,
    /// An image that still says who took it where: nobody may see it yet.
    Waiting,
    Ready,
    /// What showed it is gone; its objects follow.
    Gone,
}

impl FileState {
    pub(super) fn from_column(column: i16) -> Result<Self, StoreError> {
        match column {
            0 => Ok(Self::Receiving),
            1 => Ok(Self::Waiting),
            2 => Ok(Self::Ready),
            3 => Ok(Self::Gone),
            _ => Err(StoreError::Corrupt("files.state")),
        }
    }
}

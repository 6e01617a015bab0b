use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::RunAs;

/// A new folder for temporary files that is removed when this is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// An empty folder that only `owner` can enter.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn new(name: &str, owner: RunAs) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("kith-test-{}-{number}-{name}", std::process::id()));
        // Left over from a process with our number that was killed.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).expect("the folder for temporary files is writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("the folder is ours");
        owner.own(&path);
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

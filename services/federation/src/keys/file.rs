use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use kith_config::FederationConfig;
use kith_types::{Entropy, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use super::KeyRing;

/// Others may not read the file, let alone write it.
const MODE: u32 = 0o600;

/// The keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{path} cannot be read or written")]
    File {
        path: String,
        #[source]
        cause: io::Error,
    },
    #[error("{path} may be read by others (mode {mode:o}): chmod 600 {path}")]
    Open { path: String, mode: u32 },
    #[error("line {line} of {whence} is no key: {what}")]
    Text {
        whence: String,
        line: usize,
        what: &'static str,
    },
    #[error(
        "the keys come from federation.key_ring, a secret: put the new line there, or use federation.key_path"
    )]
    Secret,
}

/// Where the keys come from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A file that only its owner may read; it is made when it is not there.
    File(PathBuf),
    /// A secret of the configuration, which changes with a restart.
    Secret(SecretString),
}

/// What a rotation brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    pub key_id: String,
    pub signs_from: Timestamp,
    /// When the keys before it stop to count.
    pub others_expire: Timestamp,
}

impl KeySource {
    /// What the configuration says.
    pub fn of(config: &FederationConfig) -> Self {
        match &config.key_ring {
            Some(text) => Self::Secret(text.clone()),
            None => Self::File(PathBuf::from(&config.key_path)),
        }
    }

    /// The keys. A file that is not there is made, with a new one; of several processes that do so at once, all use the same.
    pub fn load(&self, entropy: &dyn Entropy) -> Result<KeyRing, KeyError> {
        match self {
            Self::Secret(text) => parse(text.expose_secret(), "federation.key_ring"),
            Self::File(path) => match read(path) {
                Err(KeyError::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                    create(path, &KeyRing::generate(entropy), entropy)?;
                    read(path)
                }
                other => other,
            },
        }
    }

    /// Whether there are keys already.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::File(path) => path.exists(),
        }
    }

    /// When the file was last written; none of a secret.
    pub(crate) fn written(&self) -> Option<SystemTime> {
        match self {
            Self::Secret(_) => None,
            Self::File(path) => fs::metadata(path).and_then(|about| about.modified()).ok(),
        }
    }

    /// Puts a new key into the file, which signs after `delay_seconds`; the others count for `overlap_seconds` more.
    pub fn rotate(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
        delay_seconds: i64,
        overlap_seconds: i64,
    ) -> Result<Rotation, KeyError> {
        let Self::File(path) = self else {
            return Err(KeyError::Secret);
        };
        let signs_from = now.plus_seconds(delay_seconds);
        let others_expire = signs_from.plus_seconds(overlap_seconds);
        let ring = self.load(entropy)?;
        let ring = ring.rotated(entropy, now, signs_from, others_expire);
        replace(path, &ring, entropy)?;
        Ok(Rotation {
            key_id: ring.newest().to_owned(),
            signs_from,
            others_expire,
        })
    }
}

fn parse(text: &str, whence: &str) -> Result<KeyRing, KeyError> {
    KeyRing::parse(text).map_err(|(line, what)| KeyError::Text {
        whence: whence.to_owned(),
        line,
        what,
    })
}

fn failed(path: &Path) -> impl Fn(io::Error) -> KeyError {
    let path = path.display().to_string();
    move |cause| KeyError::File {
        path: path.clone(),
        cause,
    }
}

fn read(path: &Path) -> Result<KeyRing, KeyError> {
    let mode = fs::metadata(path)
        .map_err(failed(path))?
        .permissions()
        .mode()
        & 0o777;
    if mode & !MODE != 0 {
        return Err(KeyError::Open {
            path: path.display().to_string(),
            mode,
        });
    }
    let text = fs::read_to_string(path).map_err(failed(path))?;
    parse(&text, &path.display().to_string())
}

/// Makes the file as a whole or not at all: a process that starts meanwhile never reads half of it.
fn create(path: &Path, ring: &KeyRing, entropy: &dyn Entropy) -> Result<(), KeyError> {
    let partial = write_beside(path, ring, entropy)?;
    let linked = fs::hard_link(&partial, path);
    let _ = fs::remove_file(&partial);
    match linked {
        // Another process was faster; its keys are as good.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map_err(failed(path)),
    }
}

fn replace(path: &Path, ring: &KeyRing, entropy: &dyn Entropy) -> Result<(), KeyError> {
    let partial = write_beside(path, ring, entropy)?;
    fs::rename(&partial, path).map_err(failed(path))
}

/// A file of a name that nobody else uses: processes in containers may all have the same number.
fn write_beside(path: &Path, ring: &KeyRing, entropy: &dyn Entropy) -> Result<PathBuf, KeyError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}", entropy.next_u64()));
    let partial = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(MODE);
    let mut file = options.open(&partial).map_err(failed(&partial))?;
    let written = file.write_all(ring.to_text().as_bytes());
    written
        .and_then(|()| file.sync_all())
        .map_err(failed(&partial))?;
    Ok(partial)
}

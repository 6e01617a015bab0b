//! The file of the keys: made once, for its owner only, changed as a whole.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use kith_federation::{KeyError, KeySource};
use kith_testkit::{Folder, RunAs};
use kith_types::{OsEntropy, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

fn place() -> (Folder, PathBuf, KeySource) {
    let folder = Folder::new("keys", RunAs::Me);
    let path = folder.path().join("federation.keys");
    let source = KeySource::File(path.clone());
    (folder, path, source)
}

fn mode(path: &PathBuf) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_file_is_made_once_and_only_its_owner_may_read_it() {
    let (_folder, path, source) = place();
    assert!(!source.is_there());
    let first = source.load(&OsEntropy).unwrap();
    assert!(source.is_there());
    assert_eq!(mode(&path), 0o600);
    assert_eq!(source.load(&OsEntropy).unwrap().newest(), first.newest());
}

#[test]
fn processes_that_start_at_once_use_the_same_key() {
    let (_folder, _path, source) = place();
    let ids: Vec<String> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| source.load(&OsEntropy).unwrap().newest().to_owned()))
            .collect();
        let started = starting.into_iter().map(|one| one.join().unwrap());
        started.collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn a_file_that_others_may_read_is_refused_with_what_to_do() {
    let (_folder, path, source) = place();
    source.load(&OsEntropy).unwrap();
    for open in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&path, Permissions::from_mode(open)).unwrap();
        let refused = source.load(&OsEntropy).unwrap_err();
        assert!(
            matches!(refused, KeyError::Open { mode, .. } if mode == open),
            "{refused}"
        );
        assert!(refused.to_string().contains("chmod 600"));
    }
}

#[test]
fn a_rotation_keeps_the_mode_and_the_key_before() {
    let (_folder, path, source) = place();
    let before = source.load(&OsEntropy).unwrap();
    let rotation = source.rotate(&OsEntropy, NOW, 60, 3600).unwrap();
    assert_eq!(mode(&path), 0o600);
    let after = source.load(&OsEntropy).unwrap();
    assert_eq!(after.newest(), rotation.key_id);
    assert_eq!(after.published(NOW).len(), 2);
    assert_eq!(after.signing(NOW).unwrap().0, before.newest());
    assert_eq!(
        after.signing(rotation.signs_from).unwrap().0,
        rotation.key_id
    );
    assert_eq!(after.published(rotation.others_expire).len(), 1);
}

#[test]
fn keys_of_a_secret_are_changed_where_the_secret_is() {
    let secret = KeySource::Secret("ab".repeat(32).into());
    let ring = secret.load(&OsEntropy).unwrap();
    assert_eq!(ring.published(NOW).len(), 1);
    let refused = secret.rotate(&OsEntropy, NOW, 0, 0);
    assert!(matches!(refused, Err(KeyError::Secret)));
    let nonsense = KeySource::Secret("nonsense".to_owned().into());
    assert!(matches!(
        nonsense.load(&OsEntropy),
        Err(KeyError::Text { line: 1, .. })
    ));
}

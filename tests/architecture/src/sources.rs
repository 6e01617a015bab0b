use std::path::Path;

use crate::{Crate, SourceFile};

/// Written in two parts, so that this file does not break its own rules.
const LEFT_OUT: &str = concat!("#[", "ignore");
const STATEMENT: &str = concat!("sqlx::", "query");

/// Where a test may wait for another one that runs it, and why.
const STARTED_BY_OTHERS: &[(&str, &str)] = &[
    (
        "shared/testkit/tests/engines.rs",
        "a test starts it as a process of its own, and kills that",
    ),
    (
        "tests/world/tests/drill/main.rs",
        "a test makes network namespaces and starts it inside of them",
    ),
];

/// Where SQL may stand besides the store, and why.
const SQL_ALLOWED: &[(&str, &str)] = &[
    ("shared/store", "is the store"),
    ("shared/testkit", "makes and drops the databases of tests"),
    (
        "tests/world",
        "looks behind the back of the processes that it tests",
    ),
    (
        "services/api/tests/messages/gate.rs",
        "counts statements by the name of the driver's log",
    ),
];

/// Tests that do not run.
pub fn no_test_is_left_out(files: &[SourceFile]) -> Vec<String> {
    let is_started = |path: &Path| {
        STARTED_BY_OTHERS
            .iter()
            .any(|(file, _)| path == Path::new(file))
    };
    containing(files, LEFT_OUT)
        .filter(|(file, _)| !is_started(&file.path))
        .map(|(file, line)| format!("{}:{line} leaves a test out", file.path.display()))
        .collect()
}

/// Statements outside of the store.
pub fn sql_stands_in_the_store(files: &[SourceFile]) -> Vec<String> {
    let is_allowed = |path: &Path| SQL_ALLOWED.iter().any(|(home, _)| path.starts_with(home));
    containing(files, STATEMENT)
        .filter(|(file, _)| !is_allowed(&file.path))
        .map(|(file, line)| format!("{}:{line} speaks SQL", file.path.display()))
        .collect()
}

/// Crates whose first line does not say what they are for.
pub fn crates_are_documented(crates: &[Crate], files: &[SourceFile]) -> Vec<String> {
    let begins_with_docs = |root: &Path| {
        let file = files.iter().find(|file| file.path == root);
        file.is_some_and(|file| file.text.starts_with("//!"))
    };
    crates
        .iter()
        .flat_map(|one| &one.roots)
        .filter(|root| !begins_with_docs(root))
        .map(|root| format!("{} does not begin with `//!`", root.display()))
        .collect()
}

fn containing<'a>(
    files: &'a [SourceFile],
    needle: &'a str,
) -> impl Iterator<Item = (&'a SourceFile, usize)> {
    let rust = files.iter().filter(|file| {
        file.path
            .extension()
            .is_some_and(|extension| extension == "rs")
    });
    rust.flat_map(move |file| {
        let lines = file.text.lines().enumerate();
        let hits = lines.filter(move |(_, line)| line.contains(needle));
        hits.map(move |(index, _)| (file, index + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_left_out_is_found() {
        let text = format!("#[test]\n{LEFT_OUT} = \"slow\"]\nfn x() {{}}\n");
        let found = no_test_is_left_out(&[SourceFile::made_up("a.rs", &text)]);
        assert_eq!(found, ["a.rs:2 leaves a test out"]);
    }

    #[test]
    fn sql_outside_of_the_store_is_found() {
        let text = format!("fn x() {{ {STATEMENT}!(\"SELECT 1\"); }}");
        let files = [
            SourceFile::made_up("shared/store/src/a.rs", &text),
            SourceFile::made_up("services/api/src/a.rs", &text),
        ];
        let found = sql_stands_in_the_store(&files);
        assert_eq!(found, ["services/api/src/a.rs:1 speaks SQL"]);
    }

    #[test]
    fn a_crate_without_documentation_is_found() {
        let mut one = Crate::made_up("kith-example", &[]);
        one.roots = vec!["a/src/lib.rs".into(), "a/src/main.rs".into()];
        let files = [
            SourceFile::made_up("a/src/lib.rs", "//! Says what it is for.\n"),
            SourceFile::made_up("a/src/main.rs", "fn main() {}\n"),
        ];
        let found = crates_are_documented(&[one], &files);
        assert_eq!(found, ["a/src/main.rs does not begin with `//!`"]);
    }
}

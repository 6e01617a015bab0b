use toml::{Table, Value};

use crate::Crate;

/// What a crate takes over from the workspace, so that it is decided once.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// What a manifest decides by itself: lints, versions, package data. And a crate that does not say what it is.
pub fn manifests_inherit_from_the_workspace(crates: &[Crate]) -> Vec<String> {
    crates
        .iter()
        .flat_map(|one| {
            let problems = match one.manifest.parse::<Table>() {
                Ok(manifest) => check(&manifest),
                Err(error) => vec![format!("is not TOML: {error}")],
            };
            let about = |problem| format!("the manifest of {} {problem}", one.name);
            problems.into_iter().map(about).collect::<Vec<_>>()
        })
        .collect()
}

fn check(manifest: &Table) -> Vec<String> {
    let mut wrong = Vec::new();
    if !manifest.get("lints").is_some_and(inherits) {
        wrong.push("does not inherit the lints".to_owned());
    }
    let package = manifest.get("package").and_then(Value::as_table);
    for key in INHERITED {
        let value = package.and_then(|package| package.get(key));
        if !value.is_some_and(inherits) {
            wrong.push(format!("does not inherit package.{key}"));
        }
    }
    let description = package.and_then(|package| package.get("description"));
    if description
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        wrong.push("has no description".to_owned());
    }
    let of_targets = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(|targets| targets.values().filter_map(Value::as_table));
    for table in std::iter::once(manifest).chain(of_targets) {
        for kind in DEPENDENCIES {
            let dependencies = table.get(kind).and_then(Value::as_table);
            for (name, value) in dependencies.into_iter().flatten() {
                if !inherits(value) {
                    wrong.push(format!("decides the version of {name} by itself"));
                }
            }
        }
    }
    wrong
}

fn inherits(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[package]
name = "kith-example"
description = "Shows how"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lints]
workspace = true

[dependencies]
serde = { workspace = true, features = ["rc"] }

[dev-dependencies]
insta.workspace = true
"#;

    fn wrong(manifest: &str) -> Vec<String> {
        let mut example = Crate::made_up("kith-example", &[]);
        example.manifest = manifest.to_owned();
        manifests_inherit_from_the_workspace(&[example])
    }

    #[test]
    fn a_manifest_that_inherits_everything_is_fine() {
        assert_eq!(wrong(GOOD), [""; 0]);
    }

    #[test]
    fn lints_of_ones_own_are_found() {
        let found = wrong(&GOOD.replace("[lints]\nworkspace = true", ""));
        assert_eq!(
            found,
            ["the manifest of kith-example does not inherit the lints"]
        );
        assert_eq!(
            wrong(&GOOD.replace(
                "[lints]\nworkspace = true",
                "[lints.clippy]\nall = \"allow\""
            ))
            .len(),
            1
        );
    }

    #[test]
    fn a_version_of_ones_own_is_found() {
        assert_eq!(
            wrong(&GOOD.replace("insta.workspace = true", "insta = \"1\"")).len(),
            1
        );
        assert_eq!(
            wrong(&GOOD.replace("workspace = true, features", "version = \"1\", features")).len(),
            1
        );
        let by_path = "[target.'cfg(unix)'.dependencies]\nlibc = { path = \"x\" }\n";
        assert_eq!(wrong(&format!("{GOOD}{by_path}")).len(), 1);
        assert_eq!(
            wrong(&GOOD.replace("edition.workspace = true", "edition = \"2021\"")).len(),
            1
        );
    }

    #[test]
    fn a_crate_that_does_not_say_what_it_is_is_found() {
        assert_eq!(wrong(&GOOD.replace("Shows how", "")).len(), 1);
    }
}

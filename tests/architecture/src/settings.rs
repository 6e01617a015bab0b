use crate::SourceFile;

const HOME: &str = "shared/config";

/// Keys of the configuration that no code reads. `example` is `config/kith.example.toml`.
pub fn keys_are_read(example: &str, files: &[SourceFile]) -> Vec<String> {
    let keys = keys(example);
    keys.iter()
        .filter(|(section, key)| {
            let is_shared = keys.iter().filter(|(_, other)| other == key).count() > 1;
            !files
                .iter()
                .any(|file| reads(file, section, key, is_shared))
        })
        .map(|(section, key)| format!("nobody reads {section}.{key}"))
        .collect()
}

fn keys(example: &str) -> Vec<(&str, &str)> {
    let mut section = "";
    let mut keys = Vec::new();
    for line in example.lines() {
        let heading = line
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        let assignment = line
            .strip_prefix('#')
            .and_then(|line| line.split_once(" = "));
        if let Some(name) = heading {
            section = name;
        } else if let Some((key, _)) = assignment
            && is_name(key)
        {
            keys.push((section, key));
        }
    }
    keys
}

/// Whether a file takes the key; if several sections have one of that name, also the section.
fn reads(file: &SourceFile, section: &str, key: &str, is_shared: bool) -> bool {
    let is_rust = file
        .path
        .extension()
        .is_some_and(|extension| extension == "rs");
    let is_test = file.path.iter().any(|part| part == "tests");
    if !is_rust || is_test || file.path.starts_with(HOME) {
        return false;
    }
    let type_name = section[..1].to_uppercase() + &section[1..] + "Config";
    let has_section =
        || file.text.contains(&type_name) || contains_name(&file.text, &format!(".{section}"));
    contains_name(&file.text, &format!(".{key}")) && (!is_shared || has_section())
}

fn contains_name(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(start, _)| {
        let rest = &text[start + name.len()..];
        // A key of bytes is read through a method of its section.
        let next = rest.trim_start_matches("_bytes()").chars().next();
        !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "\
[api]
# Where it listens = important.
#listen = \"x\"
#limit = 1
[gateway]
#listen = \"y\"
";

    fn wrong(path: &str, text: &str) -> Vec<String> {
        keys_are_read(EXAMPLE, &[SourceFile::made_up(path, text)])
    }

    #[test]
    fn a_key_that_nobody_reads_is_found() {
        let found = wrong(
            "services/api/src/a.rs",
            "config.api.listen_twice; core.config.limit",
        );
        assert_eq!(
            found,
            ["nobody reads api.listen", "nobody reads gateway.listen"]
        );
    }

    #[test]
    fn a_name_that_two_sections_have_counts_for_the_one_that_is_named() {
        let found = wrong(
            "services/api/src/a.rs",
            "fn x(c: &ApiConfig) { c.listen; c.limit }",
        );
        assert_eq!(found, ["nobody reads gateway.listen"]);
        let found = wrong(
            "services/api/src/a.rs",
            "let g = &config.gateway; g.listen; g.limit",
        );
        assert_eq!(found, ["nobody reads api.listen"]);
    }

    #[test]
    fn what_the_configuration_itself_and_tests_read_does_not_count() {
        let text = "config.api.listen; config.gateway.listen; config.api.limit";
        assert_eq!(wrong("shared/config/src/a.rs", text).len(), 3);
        assert_eq!(wrong("services/api/tests/a.rs", text).len(), 3);
        assert_eq!(wrong("services/api/src/a.rs", text), [""; 0]);
    }
}

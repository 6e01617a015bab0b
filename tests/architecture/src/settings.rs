use crate::SourceFile;

const HOME: &str = "shared/config";

/// Keys of the configuration that no code reads. `example` is `config/kith.example.toml`.
pub fn keys_are_read(example: &str, files: &[SourceFile]) -> Vec<String> {
    let mut section = "";
    let mut wrong = Vec::new();
    for line in example.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
        {
            section = name;
        } else if let Some((key, _)) = line
            .strip_prefix('#')
            .and_then(|line| line.split_once(" = "))
            && is_name(key)
            && !files.iter().any(|file| reads(file, section, key))
        {
            wrong.push(format!("nobody reads {section}.{key}"));
        }
    }
    wrong
}

/// Whether a file takes the key from the whole configuration, or from its section.
fn reads(file: &SourceFile, section: &str, key: &str) -> bool {
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
        file.text.contains(&type_name) || contains_name(&file.text, &format!(".{section}"));
    has_section && contains_name(&file.text, &format!(".{key}"))
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

    const EXAMPLE: &str =
        "[api]\n# Where it listens = important.\n#listen = \"x\"\n#listen_twice = 1\n";

    fn wrong(path: &str, text: &str) -> Vec<String> {
        keys_are_read(EXAMPLE, &[SourceFile::made_up(path, text)])
    }

    #[test]
    fn a_key_that_nobody_reads_is_found() {
        let found = wrong("services/api/src/a.rs", "config.api.listen_twice");
        assert_eq!(found, ["nobody reads api.listen"]);
        let found = wrong("services/api/src/a.rs", "fn x(c: &ApiConfig) { c.listen; }");
        assert_eq!(found, ["nobody reads api.listen_twice"]);
        let found = wrong(
            "services/api/src/a.rs",
            "fn x(c: &GatewayConfig) { c.listen; }",
        );
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn what_the_configuration_itself_and_tests_read_does_not_count() {
        let text = "config.api.listen; config.api.listen_twice";
        assert_eq!(wrong("shared/config/src/a.rs", text).len(), 2);
        assert_eq!(wrong("services/api/tests/a.rs", text).len(), 2);
        assert_eq!(wrong("services/api/src/a.rs", text), [""; 0]);
    }
}

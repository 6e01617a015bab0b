use std::fmt::Write;

use crate::load::Name;
use crate::sections::sections;

const HEAD: &str = "\
# Kith's configuration: every key, with its default. Remove the `#` before what you change.
#
# A key can also be given in the environment, as KITH_SECTION_KEY, which wins over this file; a secret also in a file
# of its own, whose path is in KITH_SECTION_KEY_FILE. `kith config check` reports all mistakes at once.
#
# Generated from shared/config/src/sections.rs by `kith config example`.
";

/// A file with every key and its documentation, all of it commented out.
pub fn example() -> String {
    let mut text = HEAD.to_owned();
    for section in sections() {
        text.push('\n');
        for line in section.about {
            let _ = writeln!(text, "#{line}");
        }
        let _ = writeln!(text, "[{}]", section.name);
        for key in section.keys {
            text.push('\n');
            for line in key.about {
                let _ = writeln!(text, "#{line}");
            }
            let name = Name {
                section: section.name,
                key: key.name,
            };
            let note = match (key.secret, key.optional, key.default) {
                (true, ..) => format!(" A secret: {}, or {0}_FILE.", name.variable()),
                (_, true, _) => " Not set by default.".to_owned(),
                (_, _, None) => " Has no default.".to_owned(),
                _ => String::new(),
            };
            if !note.is_empty() {
                let _ = writeln!(text, "#{note}");
            }
            let _ = writeln!(text, "#{} = {}", key.name, key.default.unwrap_or("\"\""));
        }
    }
    text
}

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::mistake::Mistake;
use crate::setting::Written;

/// A value of the file and the line that it stands on.
pub(crate) struct Entry {
    pub(crate) written: Written,
    pub(crate) line: usize,
}

/// What a file says, by section and key, and what is wrong with the file as such.
#[derive(Default)]
pub(crate) struct FileContent {
    pub(crate) entries: BTreeMap<(String, String), Entry>,
    pub(crate) mistakes: Vec<Mistake>,
}

/// Reads TOML of two levels.
pub(crate) fn read(path: &Path, text: &str) -> FileContent {
    let line_of = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
    let place = |line: usize| format!("{}:{line}", path.display());

    let mut content = FileContent::default();
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = line_of(error.span().map_or(0, |span| span.start));
        content.mistakes.push(Mistake {
            key: "–".to_owned(),
            source: place(line),
            problem: error.message().to_owned(),
            remedy: "write it as TOML: [section], then key = value".to_owned(),
        });
    }
    for (section, value) in root.into_inner() {
        let line = line_of(section.span().start);
        let section = section.into_inner().into_owned();
        let DeValue::Table(keys) = value.into_inner() else {
            content.mistakes.push(Mistake {
                key: section,
                source: place(line),
                problem: "a key stands outside of a section".to_owned(),
                remedy: "put it under its [section]".to_owned(),
            });
            continue;
        };
        for (key, value) in keys {
            let line = line_of(key.span().start);
            let written = written(value.get_ref());
            let name = (section.clone(), key.into_inner().into_owned());
            content.entries.insert(name, Entry { written, line });
        }
    }
    content
}

/// The value that stands in the source of a default.
pub(crate) fn literal(source: &str) -> Option<Written> {
    DeValue::parse(source)
        .ok()
        .map(|value| written(value.get_ref()))
}

fn written(value: &DeValue<'_>) -> Written {
    match value {
        DeValue::String(text) => Written::Text(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Written::Bare(number.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Written::Other, |number| Written::Bare(number.to_string())),
        DeValue::Float(number) => Written::Bare(number.to_string()),
        DeValue::Boolean(value) => Written::Bare(value.to_string()),
        DeValue::Datetime(value) => Written::Bare(value.to_string()),
        DeValue::Array(items) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .map_or(Written::Other, Written::List),
        DeValue::Table(_) => Written::Other,
    }
}

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::file::{self, FileContent};
use crate::mistake::{Mistake, Mistakes, Wrong};
use crate::sections::Config;
use crate::setting::{Setting, Written};
use crate::unknown;

/// The file that is read when none is named, if it exists.
const DEFAULT_FILE: &str = "kith.toml";
/// A part of the program that needs some of the keys. What none of the running ones needs may be missing: it is
/// then empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The api service.
    Api,
    /// The gateway service.
    Gateway,
    /// The presence service.
    Presence,
    /// The media service.
    Media,
    /// The search service.
    Search,
    /// The federation service.
    Federation,
    /// A command that works on the database alone.
    Database,
}

/// Where a configuration comes from, besides the defaults.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    pub(crate) file: Option<PathBuf>,
    pub(crate) environment: BTreeMap<String, OsString>,
}

impl Sources {
    /// The file at `path`, or `kith.toml` in the current folder if there is one, and the process's environment.
    pub fn of_process(path: Option<PathBuf>) -> Self {
        let default = || Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists());
        let ours = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
        Self {
            file: path.or_else(default),
            environment: std::env::vars_os().filter_map(ours).collect(),
        }
    }

    /// Only what is given here, for tests.
    pub fn given<'a>(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), OsString::from(value));
        Self {
            file: file.map(Path::to_owned),
            environment: environment.into_iter().map(owned).collect(),
        }
    }

    /// Reads and checks all of it. What `parts` need must be there.
    pub fn load(&self, parts: &[Part]) -> Result<Config, Mistakes> {
        self.read(parts).map(|(config, _)| config)
    }

    /// Reads and checks all of it, and tells every key's value and where that comes from.
    pub fn explain(&self, parts: &[Part]) -> Result<Vec<Explained>, Mistakes> {
        self.read(parts).map(|(_, explained)| explained)
    }

    fn read(&self, parts: &[Part]) -> Result<(Config, Vec<Explained>), Mistakes> {
        let mut reader = Reader::new(self, parts);
        let config = Config::read(&mut reader);
        let unknown = unknown::find(self, &reader.content);
        reader.mistakes.extend(unknown);
        match config {
            Some(config) if reader.mistakes.is_empty() => Ok((config, reader.explained)),
            _ => Err(Mistakes(reader.mistakes)),
        }
    }
}

/// A key, its value as far as it may be shown, and where that comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub key: String,
    pub shown: String,
    pub source: String,
}

/// The name of a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    pub(crate) section: &'static str,
    pub(crate) key: &'static str,
}

impl Name {
    pub(crate) fn dotted(self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    pub(crate) fn variable(self) -> String {
        format!("{}{}_{}", unknown::PREFIX, self.section, self.key).to_uppercase()
    }
}

/// Takes one key after the other from the sources and notes what is wrong.
pub(crate) struct Reader<'a> {
    sources: &'a Sources,
    parts: &'a [Part],
    content: FileContent,
    mistakes: Vec<Mistake>,
    explained: Vec<Explained>,
}

impl<'a> Reader<'a> {
    fn new(sources: &'a Sources, parts: &'a [Part]) -> Self {
        let mut mistakes = Vec::new();
        let mut content = FileContent::default();
        if let Some(path) = &sources.file {
            match fs::read_to_string(path) {
                Ok(text) => content = file::read(path, &text),
                Err(error) => mistakes.push(Mistake {
                    key: "–".to_owned(),
                    source: path.display().to_string(),
                    problem: format!("the file cannot be read: {error}"),
                    remedy: "name another with --config, or make it with `kith config example`"
                        .to_owned(),
                }),
            }
        }
        mistakes.append(&mut content.mistakes);
        Self {
            sources,
            parts,
            content,
            mistakes,
            explained: Vec::new(),
        }
    }

    fn explain(&mut self, name: Name, shown: String, source: &str) {
        self.explained.push(Explained {
            key: name.dotted(),
            shown,
            source: source.to_owned(),
        });
    }

    /// The value of a key, or none after noting why there is none.
    pub(crate) fn get<T: Setting>(
        &mut self,
        name: Name,
        default: Option<&str>,
        check: impl Fn(T) -> Result<T, Wrong>,
        needed_by: &[Part],
    ) -> Option<T> {
        let (written, source) = match self.find(name, T::SECRET) {
            Ok(Some(found)) => found,
            Ok(None) => match default {
                Some(source) => {
                    let written = file::literal(source).expect("a default is written as TOML");
                    (written, "the default".to_owned())
                }
                None if self.parts.iter().any(|part| needed_by.contains(part)) => {
                    self.mistakes.push(missing::<T>(name));
                    return None;
                }
                None => {
                    self.explain(name, String::new(), "not set");
                    return T::absent();
                }
            },
            Err(mistake) => {
                self.mistakes.push(mistake);
                return None;
            }
        };
        let shown = if T::SECRET {
            "(secret)".to_owned()
        } else {
            written.to_string()
        };
        match T::parse(written).and_then(check) {
            Ok(value) => {
                self.explain(name, shown, &source);
                Some(value)
            }
            Err(wrong) => {
                self.mistakes.push(Mistake {
                    key: name.dotted(),
                    source,
                    problem: wrong.problem,
                    remedy: wrong.remedy,
                });
                None
            }
        }
    }

    /// What was written for a key, and where. The environment wins over the file.
    fn find(&self, name: Name, secret: bool) -> Result<Option<(Written, String)>, Mistake> {
        let variable = name.variable();
        let file_variable = format!("{variable}_FILE");
        let value = self.variable(name, &variable)?;
        let path = if secret {
            self.variable(name, &file_variable)?
        } else {
            None
        };
        match (value, path) {
            (Some(_), Some(_)) => Err(Mistake {
                key: name.dotted(),
                source: format!("{variable} and {file_variable}"),
                problem: "both are set".to_owned(),
                remedy: "unset one of them".to_owned(),
            }),
            (Some(value), None) => Ok(Some((Written::Text(value.to_owned()), variable))),
            (None, Some(path)) => {
                secret_file(name, &file_variable, path).map(|text| Some((text, file_variable)))
            }
            (None, None) => {
                let key = (name.section.to_owned(), name.key.to_owned());
                let path = self.sources.file.as_deref().unwrap_or(Path::new(""));
                Ok(self.content.entries.get(&key).map(|entry| {
                    let source = format!("{}:{}", path.display(), entry.line);
                    (entry.written.clone(), source)
                }))
            }
        }
    }

    /// A variable's text. An empty one counts as not set: compose files pass such for what was left out.
    fn variable(&self, name: Name, variable: &str) -> Result<Option<&str>, Mistake> {
        match self.sources.environment.get(variable) {
            None => Ok(None),
            Some(value) => match value.to_str() {
                Some("") => Ok(None),
                Some(text) => Ok(Some(text)),
                None => Err(Mistake {
                    key: name.dotted(),
                    source: variable.to_owned(),
                    problem: "it is not UTF-8".to_owned(),
                    remedy: "give text in UTF-8".to_owned(),
                }),
            },
        }
    }
}

fn missing<T: Setting>(name: Name) -> Mistake {
    let variable = name.variable();
    let or_file = if T::SECRET {
        format!(", or {variable}_FILE to a file with it")
    } else {
        String::new()
    };
    Mistake {
        key: name.dotted(),
        source: "nowhere".to_owned(),
        problem: "it is missing".to_owned(),
        remedy: format!(
            "set {} under [{}] in kith.toml, or {variable}{or_file}",
            name.key, name.section
        ),
    }
}

fn secret_file(name: Name, variable: &str, path: &str) -> Result<Written, Mistake> {
    let mistake = |problem: String, remedy: &str| Mistake {
        key: name.dotted(),
        source: variable.to_owned(),
        problem,
        remedy: remedy.to_owned(),
    };
    let text = fs::read_to_string(path).map_err(|error| {
        mistake(
            format!("{path} cannot be read: {error}"),
            "name a file that this user may read",
        )
    })?;
    // Editors and `echo` put a line break at the end; a secret has none.
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(mistake(
            format!("{path} is empty"),
            "write the secret into it",
        ));
    }
    Ok(Written::Text(text.to_owned()))
}

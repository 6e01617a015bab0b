use std::fmt;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};

/// What the process ends with when its configuration is wrong: `EX_CONFIG` of sysexits.h.
pub const EXIT_CODE: u8 = 78;

/// The width of the table where no terminal says otherwise.
const WIDTH: u16 = 120;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// `section.key`, or what stands in its place.
    pub key: String,
    /// The file and line, or the environment variable.
    pub source: String,
    pub problem: String,
    pub remedy: String,
}

/// All that is wrong with a configuration, at least one thing. It is shown as a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table
            .load_preset(UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(WIDTH)
            .set_header(["key", "where", "what is wrong", "what to do"]);
        for mistake in &self.0 {
            table.add_row([
                &mistake.key,
                &mistake.source,
                &mistake.problem,
                &mistake.remedy,
            ]);
        }
        match self.0.len() {
            1 => writeln!(f, "The configuration has a mistake:")?,
            count => writeln!(f, "The configuration has {count} mistakes:")?,
        }
        write!(f, "{table}")
    }
}

/// Why a value cannot be, and what would be right. Neither repeats the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) problem: String,
    pub(crate) remedy: String,
}

impl Wrong {
    pub(crate) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

//! What the words of a text are, the same for messages and for what is looked for.
//!
//! A word is a run of letters and digits, without case and accents. Scripts that put no spaces between words (Chinese,
//! Japanese, Thai …), and Korean, whose words take endings without one, are cut into overlapping pairs of characters: two
//! characters are often a word there, and any sequence is found as its pairs one after the other.

mod language;
mod words;

pub(crate) use language::{LANGUAGES, languages};
pub(crate) use words::{Script, Word, clean, composed, words};

use std::fmt::Write;

use kith_store::search::Document;

/// Which rules these are: one more whenever what stands in the index changes, so that it is made anew.
pub(crate) const FORM: i16 = 2;

/// How many characters of a word count: nobody types more, and Postgres takes no more than 2046 bytes.
const COUNTED: usize = 200;

/// A link somewhere in the text.
pub(crate) const LINK: &str = "link";
/// An attachment, whatever it is.
pub(crate) const FILE: &str = "file";
/// Attachments of these kinds, as their first bytes say.
pub(crate) const IMAGE: &str = "image";
pub(crate) const VIDEO: &str = "video";
pub(crate) const AUDIO: &str = "audio";

/// What the index keeps of a message with this text and attachments of these content types.
pub(crate) fn document(body: &str, content_types: &[String]) -> Document {
    let text = clean(body);
    let words = words(&text);
    let spaced = || words.iter().filter(|word| word.script == Script::Spaced);
    let mut places = String::new();
    for (place, lexeme) in placed(&words) {
        let _ = write!(places, "'{lexeme}':{place} ");
    }
    let folded: Vec<&str> = spaced().map(|word| word.folded.as_str()).collect();
    Document {
        marks: marks(body, content_types),
        folded: folded.join(" "),
        places,
        stemmed: stemmed(&text, &words),
        languages: languages(&text),
    }
}

/// The words of which stems are made: with their accents, which the languages' rules go by.
fn stemmed(text: &str, words: &[Word]) -> String {
    let spaced = words.iter().filter(|word| word.script == Script::Spaced);
    let written: Vec<String> = spaced.map(|word| word.written(text)).collect();
    written.join(" ")
}

/// The lexemes with their places. A run without spaces takes as many places as it has characters: its pairs, and at the end
/// the last character alone, so that a single character is the begin of a lexeme wherever it stands.
fn placed(words: &[Word]) -> Vec<(usize, String)> {
    let mut lexemes = Vec::new();
    let mut place = 1;
    for word in words {
        if let Some(signed) = word.signed() {
            lexemes.push((place, signed));
        }
        for lexeme in word.lexemes() {
            lexemes.push((place, lexeme));
            place += 1;
        }
    }
    lexemes
}

/// What of a word counts.
fn counted(folded: &str) -> String {
    folded.chars().take(COUNTED).collect()
}

fn marks(body: &str, content_types: &[String]) -> Vec<&'static str> {
    let is_any = |kind: &str| {
        let mut kinds = content_types.iter().filter_map(|it| it.split_once('/'));
        kinds.any(|(it, _)| it == kind)
    };
    let marks = [
        (LINK, has_link(body)),
        (FILE, !content_types.is_empty()),
        (IMAGE, is_any("image")),
        (VIDEO, is_any("video")),
        (AUDIO, is_any("audio")),
    ];
    let held = marks.into_iter().filter(|(_, is_held)| *is_held);
    held.map(|(mark, _)| mark).collect()
}

fn has_link(body: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| body.contains(scheme))
}

impl Word {
    /// With its signs, if it has any: it stands in the index both with and without them, at the same place.
    pub(crate) fn signed(&self) -> Option<String> {
        (!self.signs.is_empty()).then(|| counted(&self.folded) + &self.signs)
    }

    /// What stands in the index for it, one for each place that it takes.
    pub(crate) fn lexemes(&self) -> Vec<String> {
        match self.script {
            Script::Spaced | Script::Symbol => vec![counted(&self.folded)],
            Script::Unspaced => {
                let characters: Vec<char> = self.folded.chars().collect();
                let pair = |start: usize| {
                    characters[start..characters.len().min(start + 2)]
                        .iter()
                        .collect()
                };
                (0..characters.len()).map(pair).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_words_places_and_marks() {
        let document = document(
            "Grüße, see https://example.org <@01M7X094NF15018JC8E57M87Z4>!",
            &[],
        );
        assert_eq!(document.folded, "grusse see https example org");
        assert_eq!(
            document.places,
            "'grusse':1 'see':2 'https':3 'example':4 'org':5 "
        );
        assert_eq!(document.stemmed, "grüße see https example org");
        assert_eq!(document.marks, [LINK]);
    }

    #[test]
    fn a_word_stands_with_and_without_its_signs() {
        let document = document("C++ beats C#", &[]);
        assert_eq!(document.places, "'c++':1 'c':1 'beats':2 'c#':3 'c':3 ");
        assert_eq!(document.folded, "c beats c");
    }

    #[test]
    fn attachments_are_marked_by_what_they_are() {
        let marks = |types: &[&str]| {
            let types: Vec<String> = types.iter().map(|it| (*it).to_owned()).collect();
            document("no link", &types).marks
        };
        assert_eq!(marks(&[]), [""; 0]);
        assert_eq!(marks(&["application/pdf"]), [FILE]);
        assert_eq!(
            marks(&["audio/ogg", "image/png", "video/webm"]),
            [FILE, IMAGE, VIDEO, AUDIO]
        );
        assert_eq!(marks(&["application/image"]), [FILE]);
    }

    #[test]
    fn what_has_no_spaces_is_cut_into_pairs() {
        let document = document("我爱北京 ok 😀", &[]);
        assert_eq!(
            document.places,
            "'我爱':1 '爱北':2 '北京':3 '京':4 'ok':5 'u1f600':6 "
        );
        assert_eq!(document.folded, "ok");
    }

    #[test]
    fn an_endless_word_is_cut_off() {
        let document = document(&"ä".repeat(4000), &[]);
        assert_eq!(document.places, format!("'{}':1 ", "a".repeat(COUNTED)));
        assert_eq!(document.folded.len(), 4000);
    }
}

use std::ops::Range;

use kith_store::{Store, StoreError, search};
use kith_wire::{Message, Piece};

use super::terms::Asked;
use crate::text::{Script, Word, clean, composed, languages, words};

/// Marks in the messages of a page what was looked for.
pub(super) struct Highlighter<'a> {
    asked: Vec<&'a Asked>,
    /// All stems, as a `tsquery` writes them.
    stems: String,
}

/// A message's content, taken apart.
struct Content {
    text: String,
    words: Vec<Word>,
    languages: [&'static str; 2],
    matches: Vec<Range<usize>>,
}

impl<'a> Highlighter<'a> {
    pub(super) fn new(asked: &'a [Asked], stems: &[Vec<String>]) -> Self {
        Self {
            asked: asked.iter().filter(|asked| !asked.is_excluded).collect(),
            stems: stems.concat().join(" | "),
        }
    }

    /// The contents of these messages in pieces. What they say by their stems the database is asked once for all of them.
    pub(super) async fn pieces(
        &self,
        store: &Store,
        messages: &[Message],
    ) -> Result<Vec<Vec<Piece>>, StoreError> {
        let contents = messages.iter().map(|message| self.read(&message.content));
        let mut contents: Vec<Content> = contents.collect();
        if !self.stems.is_empty() {
            mark_stems(store, &mut contents, &self.stems).await?;
        }
        Ok(contents.into_iter().map(Content::pieces).collect())
    }

    fn read(&self, content: &str) -> Content {
        let text = clean(content);
        let words = words(&text);
        let matches = self.asked.iter().flat_map(|asked| match asked.part() {
            Some(part) => parts(&words, part),
            None => sequences(&words, &asked.words),
        });
        Content {
            matches: matches.collect(),
            languages: languages(&text),
            // With the mentions, which are as long as their blanks.
            text: composed(content),
            words,
        }
    }
}

async fn mark_stems(
    store: &Store,
    contents: &mut [Content],
    stems: &str,
) -> Result<(), StoreError> {
    let mut written = Vec::new();
    for (index, content) in contents.iter().enumerate() {
        let spaced = content
            .words
            .iter()
            .filter(|word| word.script == Script::Spaced);
        for word in spaced {
            let text = word.written(&content.text);
            written.push((
                index,
                word.range.clone(),
                text.clone(),
                content.languages[0],
            ));
            if content.languages[1] != content.languages[0] {
                written.push((index, word.range.clone(), text, content.languages[1]));
            }
        }
    }
    let texts: Vec<&str> = written
        .iter()
        .map(|(_, _, text, _)| text.as_str())
        .collect();
    let languages: Vec<&str> = written.iter().map(|(.., language)| *language).collect();
    for place in search::alike(store, &texts, &languages, stems).await? {
        let (index, range, ..) = &written[place];
        contents[*index].matches.push(range.clone());
    }
    Ok(())
}

/// Where words have this part.
fn parts(words: &[Word], part: &str) -> Vec<Range<usize>> {
    let spaced = words.iter().filter(|word| word.script == Script::Spaced);
    let parts = spaced.flat_map(|word| {
        let found = word.folded.match_indices(part);
        found.map(|(start, _)| word.part(start..start + part.len()))
    });
    parts.collect()
}

/// Where these words stand one after the other. A run without spaces may go on before the first and after the last.
fn sequences(words: &[Word], asked: &[Word]) -> Vec<Range<usize>> {
    let Some((first, rest)) = asked.split_first() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if word.script != first.script {
            continue;
        }
        let Some((last, between)) = rest.split_last() else {
            found.extend(within(word, first).map(|(start, end)| start..end));
            continue;
        };
        let Some(following) = words.get(index + 1..=index + rest.len()) else {
            break;
        };
        let middle = &following[..between.len()];
        let end = &following[between.len()];
        let is_middle = middle
            .iter()
            .zip(between)
            .all(|(word, asked)| is_same(word, asked));
        let begins = within(word, first).find(|(_, end)| *end >= word.range.end);
        let ends = within(end, last).find(|(start, _)| *start == end.range.start);
        if let (true, Some((start, _)), Some((_, end))) = (is_middle, begins, ends) {
            found.push(start..end);
        }
    }
    found
}

/// Whether a word is the one that is asked for. Without signs any will do.
fn is_same(word: &Word, asked: &Word) -> bool {
    word.folded == asked.folded && (asked.signs.is_empty() || word.signs == asked.signs)
}

/// Where in a word another one is: anywhere in a run without spaces, else only as the whole.
fn within<'a>(word: &'a Word, asked: &'a Word) -> impl Iterator<Item = (usize, usize)> + 'a {
    let found = word.folded.match_indices(&asked.folded);
    found
        .filter(|(_, part)| {
            let is_whole = part.len() == word.folded.len();
            word.script == Script::Unspaced || is_whole && is_same(word, asked)
        })
        .map(|(start, part)| {
            let range = word.part(start..start + part.len());
            let end = if asked.signs.is_empty() {
                range.end
            } else {
                word.end_with_signs()
            };
            (range.start, end)
        })
}

impl Content {
    fn pieces(mut self) -> Vec<Piece> {
        self.matches.sort_by_key(|range| (range.start, range.end));
        let mut pieces: Vec<Piece> = Vec::new();
        let mut at = 0;
        let push = |pieces: &mut Vec<Piece>, range: Range<usize>, is_match| {
            let text = &self.text[range];
            match pieces.last_mut() {
                _ if text.is_empty() => {}
                // Two that touch are one.
                Some(last) if last.is_match == is_match => last.text.push_str(text),
                _ => pieces.push(Piece {
                    text: text.to_owned(),
                    is_match,
                }),
            }
        };
        for range in &self.matches {
            let start = range.start.max(at);
            push(&mut pieces, at..start, false);
            push(&mut pieces, start..range.end.max(start), true);
            at = range.end.max(at);
        }
        push(&mut pieces, at..self.text.len(), false);
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::super::terms::asked;
    use super::*;

    /// The content with brackets around what is marked.
    fn marked(content: &str, looked_for: &str) -> String {
        let asked = asked(looked_for);
        let highlighter = Highlighter::new(&asked, &[]);
        let pieces = highlighter.read(content).pieces();
        let texts = pieces.iter().map(|piece| {
            if piece.is_match {
                format!("[{}]", piece.text)
            } else {
                piece.text.clone()
            }
        });
        texts.collect()
    }

    #[test]
    fn parts_of_words_are_marked_whatever_their_case_and_accents() {
        assert_eq!(
            marked("Ein Überfluß, überall", "uber"),
            "Ein [Über]fluß, [über]all"
        );
        assert_eq!(
            marked("Comfort and fortune", "fort tune"),
            "Com[fort] and [fortune]"
        );
        assert_eq!(marked("go, Gogo", "go"), "[go], Gogo");
    }

    #[test]
    fn phrases_are_marked_as_a_whole_and_exclusions_not_at_all() {
        assert_eq!(
            marked("not to be, or to be-not", r#""to be" -not"#),
            "not [to be], or [to be]-not"
        );
        assert_eq!(marked("to become", r#""to be""#), "to become");
    }

    #[test]
    fn what_has_no_spaces_is_marked_wherever_it_stands() {
        assert_eq!(marked("我爱北京天安门", "北京"), "我爱[北京]天安门");
        assert_eq!(marked("新iPhone手机壳", "iphone手机"), "新[iPhone手机]壳");
        assert_eq!(marked("学校에 갔다", "校"), "学[校]에 갔다");
    }

    #[test]
    fn a_word_with_signs_is_marked_with_them() {
        assert_eq!(marked("C, C++ and c#.", "C++"), "C, [C++] and c#.");
        assert_eq!(
            marked("learn C# and C++", r#""learn c#""#),
            "[learn C#] and C++"
        );
    }

    #[test]
    fn mentions_stay_and_are_never_marked() {
        let content = "<@01M7X094NF15018JC8E57M87Z4> nf15 é";
        assert_eq!(
            marked(content, "nf15"),
            "<@01M7X094NF15018JC8E57M87Z4> [nf15] é"
        );
    }
}

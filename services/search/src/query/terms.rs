use std::fmt::Write;

use kith_store::search::Term;

use crate::text::{Script, Word, words};

/// From how many characters on a part of a word is looked for. Below, nearly every word would do.
const SHORTEST_PART: usize = 3;

/// One thing that somebody asks for: a word, or a sequence of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) is_excluded: bool,
    pub(super) words: Vec<Word>,
    /// The word as it was typed, if it is a single one whose stem and parts count.
    typed: Option<String>,
}

/// Takes apart what somebody typed: words, `"phrases"`, and `-` before what must not be there. What has neither letters nor
/// digits nor a sign of its own asks for nothing.
pub(super) fn asked(content: &str) -> Vec<Asked> {
    let mut asked = Vec::new();
    let mut rest = content.trim_start();
    while !rest.is_empty() {
        let (is_excluded, from) = match rest.strip_prefix('-') {
            Some(from) => (true, from),
            None => (false, rest),
        };
        let (text, is_quoted, after) = if let Some(quoted) = from.strip_prefix('"') {
            // A quote that nobody closes reaches to the end.
            let (text, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            (text, true, after)
        } else {
            let end = from.find(char::is_whitespace).unwrap_or(from.len());
            (&from[..end], false, &from[end..])
        };
        asked.extend(Asked::new(is_excluded, text, is_quoted));
        rest = after.trim_start();
    }
    asked
}

impl Asked {
    fn new(is_excluded: bool, text: &str, is_quoted: bool) -> Option<Self> {
        let text = crate::text::clean(text);
        let words = words(&text);
        let typed = match &words[..] {
            [] => return None,
            // With its signs it is a name, which has no stems and is no part of another.
            [word]
                if word.script == Script::Spaced
                    && word.signs.is_empty()
                    && !is_quoted
                    && !is_excluded =>
            {
                Some(word.written(&text))
            }
            _ => None,
        };
        Some(Self {
            is_excluded,
            words,
            typed,
        })
    }

    /// What to make stems of; empty where only the words themselves count.
    pub(super) fn stemmed(&self) -> String {
        self.typed.clone().unwrap_or_default()
    }

    /// A part of a word that is looked for, in its folded form.
    pub(super) fn part(&self) -> Option<&str> {
        let folded = &self.words.first()?.folded;
        let is_long = folded.chars().count() >= SHORTEST_PART;
        (self.typed.is_some() && is_long).then_some(folded)
    }

    /// As the index is asked for it.
    pub(super) fn term(&self, stems: &[String]) -> Term {
        let part = self.part().map(str::to_owned);
        // A word is a part of itself.
        let itself = part.is_none().then(|| sequence(&self.words));
        let words: Vec<String> = stems.iter().cloned().chain(itself).collect();
        Term {
            excluded: self.is_excluded,
            words: (!words.is_empty()).then(|| words.join(" | ")),
            part,
        }
    }
}

/// The words one after the other, as a `tsquery` writes it.
fn sequence(words: &[Word]) -> String {
    let mut query = String::new();
    let (mut place, mut last_place) = (0, None);
    for (index, word) in words.iter().enumerate() {
        let lexemes = word
            .signed()
            .map_or_else(|| word.lexemes(), |signed| vec![signed]);
        let is_run = word.script == Script::Unspaced;
        // In the text the run may go on, so its last character alone says nothing, unless it is all there is.
        let asked = if is_run && lexemes.len() > 1 {
            lexemes.len() - 1
        } else {
            lexemes.len()
        };
        for (offset, lexeme) in lexemes[..asked].iter().enumerate() {
            let at = place + offset;
            if let Some(last) = last_place {
                let _ = write!(query, " <{}> ", at - last);
            }
            let _ = write!(query, "'{lexeme}'");
            if is_run && lexemes.len() == 1 && index + 1 == words.len() {
                query += ":*";
            }
            last_place = Some(at);
        }
        place += lexemes.len();
    }
    format!("({query})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(content: &str) -> Vec<Term> {
        asked(content).iter().map(|asked| asked.term(&[])).collect()
    }

    fn term(excluded: bool, words: Option<&str>, part: Option<&str>) -> Term {
        Term {
            excluded,
            words: words.map(str::to_owned),
            part: part.map(str::to_owned),
        }
    }

    #[test]
    fn words_phrases_and_exclusions_are_told_apart() {
        assert_eq!(
            terms(r#"Été "to be" -never go -"not now" "#),
            [
                term(false, None, Some("ete")),
                term(false, Some("('to' <1> 'be')"), None),
                term(true, Some("('never')"), None),
                term(false, Some("('go')"), None),
                term(true, Some("('not' <1> 'now')"), None),
            ]
        );
        assert_eq!(
            terms(r#" … - "" "open end"#),
            [term(false, Some("('open' <1> 'end')"), None)]
        );
        assert_eq!(terms("don't"), [term(false, Some("('don' <1> 't')"), None)]);
    }

    #[test]
    fn what_has_no_spaces_is_asked_for_in_pairs() {
        assert_eq!(
            terms("北京天"),
            [term(false, Some("('北京' <1> '京天')"), None)]
        );
        assert_eq!(terms("京"), [term(false, Some("('京':*)"), None)]);
        assert_eq!(
            terms("iPhone手机"),
            [term(false, Some("('iphone' <1> '手机')"), None)]
        );
        // The run has two places, its pair and its end, before the next word comes.
        assert_eq!(
            terms("手机ok"),
            [term(false, Some("('手机' <2> 'ok')"), None)]
        );
        assert_eq!(terms("😀"), [term(false, Some("('u1f600')"), None)]);
    }

    #[test]
    fn a_word_with_signs_is_looked_for_as_it_is() {
        assert_eq!(terms("C++"), [term(false, Some("('c++')"), None)]);
        assert_eq!(terms("-c#"), [term(true, Some("('c#')"), None)]);
        assert_eq!(
            terms("\"learn C++ fast\""),
            [term(false, Some("('learn' <1> 'c++' <1> 'fast')"), None)]
        );
        assert_eq!(asked("notepad++")[0].stemmed(), "");
    }

    #[test]
    fn stems_are_looked_for_besides() {
        let term = asked("running")[0].term(&["'run'".to_owned(), "'running'".to_owned()]);
        assert_eq!(term.words.as_deref(), Some("'run' | 'running'"));
        assert_eq!(term.part.as_deref(), Some("running"));
    }
}

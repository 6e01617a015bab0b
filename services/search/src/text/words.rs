use std::ops::Range;

use kith_types::fold_character;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// So many signs behind a word belong to it.
const MOST_SIGNS: usize = 2;

/// How a word stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// Between spaces or other signs.
    Spaced,
    /// Among others without anything in between.
    Unspaced,
    /// A sign that is a word by itself, such as an emoji; it is written by its number.
    Symbol,
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) script: Script,
    /// Where it is in the text, in bytes.
    pub(crate) range: Range<usize>,
    /// Without case and accents.
    pub(crate) folded: String,
    /// `++` or `#` right behind it; mostly nothing.
    pub(crate) signs: String,
    /// For each byte of `folded`, the character of the text that it is of: its first byte.
    origins: Vec<usize>,
}

impl Word {
    fn new(script: Script, start: usize) -> Self {
        Self {
            script,
            range: start..start,
            folded: String::new(),
            signs: String::new(),
            origins: Vec::new(),
        }
    }

    fn push(&mut self, at: usize, character: char) {
        self.range.end = at + character.len_utf8();
        if self.script == Script::Symbol {
            self.folded = format!("u{:x}", u32::from(character));
        } else {
            self.folded.push_str(&folded(character));
        }
        self.origins.resize(self.folded.len(), at);
    }

    /// As it was written, in lower case.
    pub(crate) fn written(&self, text: &str) -> String {
        text[self.range.clone()].to_lowercase()
    }

    /// Where it ends with its signs.
    pub(crate) fn end_with_signs(&self) -> usize {
        self.range.end + self.signs.len()
    }

    /// Where in the text the part of `folded` is that was found there.
    pub(crate) fn part(&self, found: Range<usize>) -> Range<usize> {
        let start = self.origins.get(found.start);
        // Up to where the first character begins that is not part of it, with the accents of the last.
        let last = self.origins.get(found.end.saturating_sub(1));
        let after = self.origins[found.end.min(self.origins.len())..]
            .iter()
            .find(|origin| Some(*origin) != last);
        *start.unwrap_or(&self.range.start)..*after.unwrap_or(&self.range.end)
    }
}

/// A text in which each letter with its accent is one character, where there is such a one.
pub(crate) fn composed(body: &str) -> String {
    body.nfc().collect()
}

/// A text as it is looked at: composed, and with mentions blanked out, whose ids nobody means to find.
pub(crate) fn clean(body: &str) -> String {
    let body = composed(body);
    let mut text = String::with_capacity(body.len());
    let mut rest = &body[..];
    while let Some(start) = rest.find("<@") {
        let Some(length) = rest[start..].find('>').filter(|length| *length <= 30) else {
            let (before, after) = rest.split_at(start + 2);
            text.push_str(before);
            rest = after;
            continue;
        };
        text.push_str(&rest[..start]);
        // As long as before, so that places stay what they are.
        text.extend(std::iter::repeat_n(' ', length + 1));
        rest = &rest[start + length + 1..];
    }
    text.push_str(rest);
    text
}

/// The words of a clean text.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for (at, character) in text.char_indices() {
        if open && is_combining_mark(character) {
            // An accent, or a vowel of a script that writes them so.
            if let Some(word) = words.last_mut() {
                word.push(at, character);
            }
            continue;
        }
        let Some(script) = script(character) else {
            open = false;
            continue;
        };
        let goes_on = open
            && script != Script::Symbol
            && words.last().is_some_and(|word| word.script == script);
        if !goes_on {
            words.push(Word::new(script, at));
        }
        if let Some(word) = words.last_mut() {
            word.push(at, character);
        }
        open = script != Script::Symbol;
    }
    // Of some letters that are accents themselves nothing is left.
    words.retain(|word| !word.folded.is_empty());
    for word in &mut words {
        word.signs = signs_after(word, text);
    }
    words
}

fn script(character: char) -> Option<Script> {
    match character {
        // Thai, Lao, Burmese, Khmer; Hangul; Kana, Han and what is written with them.
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3130}'..='\u{318f}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9d}'
        | '\u{20000}'..='\u{3ffff}'
            if character.is_alphanumeric() =>
        {
            Some(Script::Unspaced)
        }
        _ if character.is_alphanumeric() => Some(Script::Spaced),
        '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => Some(Script::Symbol),
        _ => None,
    }
}

/// What a character becomes in the index. What folding brings besides letters, such as the slash of a fraction, would end a word.
fn folded(character: char) -> String {
    let folded = fold_character(character);
    let is_of_word = |part: &char| part.is_alphanumeric() || is_combining_mark(*part);
    folded.chars().filter(is_of_word).collect()
}

/// The signs at the end of a word that make another one of it: C, C++ and C# are three.
fn signs_after(word: &Word, text: &str) -> String {
    if word.script != Script::Spaced {
        return String::new();
    }
    let rest = &text[word.range.end..];
    let end = rest
        .find(|sign| !matches!(sign, '+' | '#'))
        .unwrap_or(rest.len());
    let goes_on = rest[end..]
        .chars()
        .next()
        .is_some_and(char::is_alphanumeric);
    // More of them underline something, and before a letter or digit they are an operator or a mark of their own.
    if end > MOST_SIGNS || goes_on {
        return String::new();
    }
    rest[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded_words(text: &str) -> Vec<String> {
        words(&clean(text))
            .into_iter()
            .map(|word| word.folded)
            .collect()
    }

    #[test]
    fn case_accents_and_forms_make_no_difference() {
        assert_eq!(
            folded_words("Résumé ŽLUŤOUČKÝ Ёлка ＦＵＬＬ"),
            ["resume", "zlutoucky", "елка", "full"]
        );
        // The same letter in one and in two characters.
        assert_eq!(folded_words("e\u{301}t\u{e9}"), ["ete"]);
        // Signs over Kana are no accents.
        assert_eq!(folded_words("がか"), ["がか"]);
    }

    #[test]
    fn signs_part_words_and_scripts_do() {
        assert_eq!(
            folded_words("don't foo-bar_baz"),
            ["don", "t", "foo", "bar", "baz"]
        );
        assert_eq!(folded_words("iPhone手机壳"), ["iphone", "手机壳"]);
        assert_eq!(folded_words("ok😀😀"), ["ok", "u1f600", "u1f600"]);
    }

    #[test]
    fn letters_with_a_stroke_and_vowel_points_make_no_difference() {
        assert_eq!(folded_words("Łódź Ærø straße"), ["lodz", "aero", "strasse"]);
        assert_eq!(folded_words("שָׁלוֹם مُحَمَّد"), ["שלום", "محمد"]);
        assert_eq!(folded_words("किताब"), ["किताब"]);
    }

    #[test]
    fn signs_behind_a_word_are_kept_beside_it() {
        let signs = |text: &str| {
            let words = words(&clean(text));
            words
                .into_iter()
                .map(|word| word.folded + " " + &word.signs)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            signs("C++, c# or (F#)? Notepad++"),
            ["c ++", "c #", "or ", "f #", "notepad ++"]
        );
        assert_eq!(
            signs("a+b C#7 x+++ ada#1 手#"),
            ["a ", "b ", "c ", "7 ", "x ", "ada ", "1 ", "手 "]
        );
    }

    #[test]
    fn ids_of_mentions_are_no_words() {
        assert_eq!(
            folded_words("hi <@&01M7X094NF15018JC8E57M87Z4> a<@b"),
            ["hi", "a", "b"]
        );
    }

    #[test]
    fn a_part_of_a_word_is_found_again_in_the_text() {
        let text = clean("xÉtés");
        let word = &words(&text)[0];
        let start = word.folded.find("et").unwrap();
        assert_eq!(&text[word.part(start..start + 2)], "Ét");
    }

    proptest! {
        #[test]
        fn whatever_is_written_words_lie_in_the_text_one_after_the_other(body in any::<String>()) {
            let text = clean(&body);
            let mut end = 0;
            for word in words(&text) {
                prop_assert!(word.range.start >= end && word.range.end > word.range.start);
                end = word.range.end;
                prop_assert!(text.get(word.range.clone()).is_some());
                prop_assert!(!word.folded.contains(['\'', '\\', '%', '_', ' ']));
                prop_assert!(!word.folded.is_empty());
                let part = word.part(0..word.folded.len());
                prop_assert!(part.start >= word.range.start && part.end == word.range.end);
                prop_assert!(text.get(part).is_some());
                prop_assert_eq!(word.origins.len(), word.folded.len());
            }
        }
    }
}

use unicode_normalization::UnicodeNormalization;

/// A text without case, accents and vowel points, and with letters that are another one with a stroke or two in one as those:
/// what is compared where somebody looks for a word or a name. The web client has the same (`lib/text/fold.ts`); both run
/// `testdata/text.json`.
pub fn fold(text: &str) -> String {
    // First composed: what stands upon a letter may decide what the letter is.
    text.nfkc().map(fold_character).collect()
}

/// What one character of a composed text becomes; nothing, if it is an accent.
pub fn fold_character(character: char) -> String {
    // Most of what is written.
    if character.is_ascii() {
        return character.to_ascii_lowercase().to_string();
    }
    let plain: String = character
        .nfkd()
        .filter(|part| !is_accent(*part))
        .nfc()
        .collect();
    let lower = plain.chars().flat_map(char::to_lowercase);
    let mut folded = String::new();
    for letter in lower.filter(|part| !is_accent(*part)) {
        match spelled(letter) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(letter),
        }
    }
    folded
}

/// What stands on letters and may be left out: accents of Latin, Greek and Cyrillic, vowel points and other signs of Hebrew,
/// Arabic and Syriac. Not the vowels of Indic scripts nor the signs over Kana, which make another word.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}'
        | '\u{6ea}'..='\u{6ed}' | '\u{711}' | '\u{730}'..='\u{74a}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        // Apostrophes that some alphabets count as letters.
        | '\u{2b9}'..='\u{2bf}' | '\u{2c8}')
}

/// How a lower-case letter that does not decompose is written by those who do not have it.
fn spelled(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'þ' => "th",
        'ŋ' => "ng",
        'ø' | 'ɔ' | 'ɵ' => "o",
        'ł' | 'ƚ' => "l",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'ħ' => "h",
        'ı' | 'ɨ' => "i",
        'ȷ' | 'ɉ' => "j",
        'ĸ' | 'ƙ' => "k",
        'ŧ' | 'ƭ' | 'ʈ' => "t",
        'ƀ' | 'ɓ' => "b",
        'ȼ' | 'ƈ' => "c",
        'ǝ' | 'ə' | 'ɛ' | 'ɇ' => "e",
        'ƒ' => "f",
        'ǥ' | 'ɠ' | 'ɣ' => "g",
        'ɲ' => "n",
        'ƥ' => "p",
        'ɍ' => "r",
        'ʉ' | 'ʊ' => "u",
        'ʋ' => "v",
        'ƴ' | 'ɏ' => "y",
        'ƶ' | 'ȥ' | 'ʒ' => "z",
        'ⱥ' => "a",
        'ς' => "σ",
        // Arabic letters with the same sound that keyboards of different countries write differently.
        'ى' | 'ی' => "ي",
        'ة' => "ه",
        'ٱ' => "ا",
        'ک' => "ك",
        _ => return None,
    })
}

use whatlang::{Lang, Script, detect};

/// Postgres' configuration that makes no stems.
const NONE: &str = "simple";
/// So many bytes of a text tell its language.
const ENOUGH: usize = 400;

/// All configurations that [`language`] chooses from. What is looked for is in any of them.
pub(crate) const LANGUAGES: &[&str] = &[
    "arabic",
    "armenian",
    "catalan",
    "danish",
    "dutch",
    "english",
    "finnish",
    "french",
    "german",
    "greek",
    "hindi",
    "hungarian",
    "indonesian",
    "italian",
    "lithuanian",
    "nepali",
    "norwegian",
    "portuguese",
    "romanian",
    "russian",
    "serbian",
    "spanish",
    "swedish",
    "tamil",
    "turkish",
    "yiddish",
];

/// In which languages a text may be, as Postgres calls the configurations that make its stems: twice the same where that is
/// sure. Of few words nobody can say; besides what they look like they are taken for the script's most frequent language.
pub(crate) fn languages(text: &str) -> [&'static str; 2] {
    // What follows changes nothing, and costs as much again.
    let end = text.floor_char_boundary(ENOUGH);
    let Some(found) = detect(&text[..end]) else {
        return [NONE; 2];
    };
    let likely = of(found.lang());
    if found.is_reliable() {
        return [likely; 2];
    }
    let frequent = match found.script() {
        Script::Latin => "english",
        Script::Cyrillic => "russian",
        _ => likely,
    };
    [likely, frequent]
}

fn of(lang: Lang) -> &'static str {
    match lang {
        Lang::Ara => "arabic",
        Lang::Hye => "armenian",
        Lang::Cat => "catalan",
        Lang::Dan => "danish",
        Lang::Nld | Lang::Afr => "dutch",
        Lang::Eng => "english",
        Lang::Fin => "finnish",
        Lang::Fra => "french",
        Lang::Deu => "german",
        Lang::Ell => "greek",
        Lang::Hin => "hindi",
        Lang::Hun => "hungarian",
        Lang::Ind => "indonesian",
        Lang::Ita => "italian",
        Lang::Lit => "lithuanian",
        Lang::Nep => "nepali",
        Lang::Nob => "norwegian",
        Lang::Por => "portuguese",
        Lang::Ron => "romanian",
        Lang::Rus => "russian",
        Lang::Srp => "serbian",
        Lang::Spa => "spanish",
        Lang::Swe => "swedish",
        Lang::Tam => "tamil",
        Lang::Tur => "turkish",
        Lang::Yid => "yiddish",
        _ => NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_tells_its_language_and_a_word_its_script() {
        let text = "Der Klügere gibt so lange nach, bis er der Dumme ist. Wer zuletzt lacht, hat die Pointe nicht \
            gleich verstanden, und wer andern eine Grube gräbt, hat ein Grubengrabgerät.";
        assert_eq!(languages(text), ["german"; 2]);
        assert_eq!(languages("running")[1], "english");
        assert_eq!(languages("прогулки")[1], "russian");
        assert_eq!(languages("我爱北京天安门"), [NONE; 2]);
        assert_eq!(languages("12 + 3"), [NONE; 2]);
    }

    #[test]
    fn every_language_that_is_chosen_is_among_those_that_are_looked_for() {
        let chosen = Lang::all()
            .iter()
            .map(|lang| of(*lang))
            .filter(|name| *name != NONE);
        for name in chosen {
            assert!(LANGUAGES.contains(&name), "{name}");
        }
    }
}

use icu_properties::props::{
    BidiControl, BinaryProperty, DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory,
    WhiteSpace,
};

/// Whether a character shows anything, by its properties in Unicode. What is unassigned or for private use shows a box at most,
/// and another one on each device.
pub(super) fn is_seen(c: char) -> bool {
    use GeneralCategory as Category;

    // A pattern of no raised dots: a picture of a space, which Unicode files under symbols.
    let is_empty_braille = c == '\u{2800}';
    !(is_empty_braille
        || WhiteSpace::for_char(c)
        || DefaultIgnorableCodePoint::for_char(c)
        || matches!(
            GeneralCategory::for_char(c),
            Category::Control
                | Category::Format
                | Category::PrivateUse
                | Category::Unassigned
                | Category::Surrogate
        ))
}

/// Whether a character stands upon the one before it and takes no room of its own.
pub(super) fn is_mark(c: char) -> bool {
    matches!(
        GeneralCategory::for_char(c),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
    )
}

/// Whether a character turns the direction of what comes after it. The marks that only help to order the letters beside them
/// do not.
pub(super) fn turns_direction(c: char) -> bool {
    BidiControl::for_char(c) && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
}

use crate::{Store, StoreError};

/// The stems of words in every one of these languages, each with the place of its word: as a `tsquery` writes them. A word that
/// a language leaves out, as English does with «the», has none there.
pub async fn stems(
    store: &Store,
    words: &[String],
    languages: &[&str],
) -> Result<Vec<(usize, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT place AS "place!", stem::text AS "stem!"
        FROM unnest($1::text[]) WITH ORDINALITY AS words (word, place)
        CROSS JOIN unnest($2::text[]) AS language
        CROSS JOIN LATERAL plainto_tsquery(language::regconfig, word) AS stem
        WHERE numnode(stem) > 0
        ORDER BY 1, 2
        "#,
        words,
        languages as &[&str],
    )
    .fetch_all(store.pool())
    .await?;
    let stems = rows
        .into_iter()
        .map(|row| (row.place as usize - 1, row.stem));
    Ok(stems.collect())
}

/// The places of those of the words, each of a text in one of the languages, whose stem is among `stems`.
pub async fn alike(
    store: &Store,
    words: &[&str],
    languages: &[&str],
    stems: &str,
) -> Result<Vec<usize>, StoreError> {
    let rows = sqlx::query_scalar!(
        r#"
        SELECT place AS "place!"
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS words (word, language, place)
        WHERE to_tsvector(language::regconfig, word) @@ $3::text::tsquery
        "#,
        words as &[&str],
        languages as &[&str],
        stems,
    )
    .fetch_all(store.pool())
    .await?;
    Ok(rows.into_iter().map(|place| place as usize - 1).collect())
}

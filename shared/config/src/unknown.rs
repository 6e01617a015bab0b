use std::path::Path;

use crate::file::FileContent;
use crate::load::{Name, Sources};
use crate::mistake::Mistake;
use crate::sections::sections;

/// What every variable begins with.
pub(crate) const PREFIX: &str = "KITH_";

/// Variables that begin like ours and are for others: the command line, `./dev`, compose, Caddy, the NATS server.
const FOREIGN: &[&str] = &[
    "KITH_CONFIG",
    "KITH_CACHE",
    "KITH_DOMAIN",
    "KITH_BINARY",
    "KITH_SITE_ADDRESS",
    "KITH_SITE_BIND",
    "KITH_SITE_ROOT",
    "KITH_SITE_CSP",
    "KITH_API_UPSTREAMS",
    "KITH_GATEWAY_UPSTREAMS",
    "KITH_FEDERATION_UPSTREAMS",
    "KITH_GATEWAY_OPS_PORT",
    "KITH_OPS_NATS_PASSWORD",
];

/// Every key and every variable that nobody reads: most likely a typing error.
pub(crate) fn find(sources: &Sources, content: &FileContent) -> Vec<Mistake> {
    let mut found = Vec::new();
    let (mut keys, mut variables) = (Vec::new(), Vec::new());
    for section in sections() {
        for key in section.keys {
            let name = Name {
                section: section.name,
                key: key.name,
            };
            keys.push(name.dotted());
            variables.push(name.variable());
            if key.secret {
                variables.push(format!("{}_FILE", name.variable()));
            }
        }
    }
    let path = sources.file.as_deref().unwrap_or(Path::new(""));
    for ((section, key), entry) in &content.entries {
        let name = format!("{section}.{key}");
        if !keys.contains(&name) {
            let source = format!("{}:{}", path.display(), entry.line);
            found.push(unknown(&name, source, "key", &keys));
        }
    }
    for name in sources.environment.keys() {
        let is_ours = name.starts_with(PREFIX) && !FOREIGN.contains(&name.as_str());
        if is_ours && !variables.contains(name) {
            let source = "environment".to_owned();
            found.push(unknown(name, source, "variable", &variables));
        }
    }
    found
}

fn unknown(name: &str, source: String, kind: &str, known: &[String]) -> Mistake {
    let nearest = known
        .iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let remedy = match nearest {
        Some((_, candidate)) => format!("did you mean {candidate}?"),
        None => "remove it; `kith config example` lists what there is".to_owned(),
    };
    Mistake {
        key: name.to_owned(),
        source,
        problem: format!("there is no such {kind}"),
        remedy,
    }
}

/// How many letters must be changed, added or left out to get from one to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

//! Where values come from, and how mistakes are told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;

use kith_config::{Config, LogFormat, Mistakes, Part, Sources};
use secrecy::ExposeSecret;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
const ALL: &[Part] = &[Part::Api, Part::Gateway, Part::Federation, Part::Database];

/// A file that is gone when the test ends.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str, text: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("kith-config-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("kith.toml");
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

/// All that has no default.
fn complete() -> Vec<(&'static str, &'static str)> {
    vec![
        ("KITH_POSTGRES_URL", "postgres://kith:secret@localhost/kith"),
        ("KITH_NATS_URL", "nats://localhost:4222"),
        ("KITH_CACHE_URL", "redis://localhost:6379"),
        ("KITH_API_NATS_PASSWORD", "pa"),
        ("KITH_GATEWAY_NATS_PASSWORD", "pg"),
        ("KITH_PRESENCE_NATS_PASSWORD", "pp"),
        ("KITH_SEARCH_NATS_PASSWORD", "ps"),
        ("KITH_FEDERATION_NATS_PASSWORD", "pf"),
        ("KITH_SECURITY_SESSION_KEY", KEY),
    ]
}

fn load(file: Option<&TempFile>, environment: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let path = file.map(|file| file.0.as_path());
    Sources::given(path, environment.iter().copied()).load(ALL)
}

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut environment = complete();
    environment.extend_from_slice(changes);
    environment
}

fn keys(mistakes: &Mistakes) -> Vec<&str> {
    mistakes
        .0
        .iter()
        .map(|mistake| mistake.key.as_str())
        .collect()
}

#[test]
fn what_is_not_given_has_its_default() {
    let config = load(None, &complete()).unwrap();
    assert_eq!(config.instance.name, "localhost");
    assert_eq!(config.api.listen.to_string(), "127.0.0.1:7001");
    assert_eq!(config.gateway.heartbeat_interval_ms, 30_000);
    assert_eq!(config.http.trusted_proxies.len(), 2);
    assert_eq!(config.telemetry.format, LogFormat::Text);
    assert_eq!(config.telemetry.otlp_endpoint, None);
    assert!(config.api.password_hash_concurrency > 0);
    assert_eq!(config.security.session_key_bytes()[31], 0xff);
}

#[test]
fn the_file_wins_over_the_default_and_the_environment_over_the_file() {
    let file = TempFile::new(
        "order",
        "[instance]\nname = \"a.example\"\nnamespace = \"from_file\"\n[gateway]\nring_minutes = 7\n",
    );
    let config = load(Some(&file), &with(&[("KITH_INSTANCE_NAME", "b.example")])).unwrap();
    assert_eq!(config.instance.name, "b.example");
    assert_eq!(config.instance.namespace, "from_file");
    assert_eq!(config.gateway.ring_minutes, 7);
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let config = load(None, &with(&[("KITH_TELEMETRY_OTLP_ENDPOINT", "")])).unwrap();
    assert_eq!(config.telemetry.otlp_endpoint, None);
}

#[test]
fn a_secret_can_stand_in_a_file_of_its_own() {
    let secret = TempFile::new("secret", "redis://:p@localhost:1\n");
    let mut environment = complete();
    environment.retain(|(name, _)| *name != "KITH_CACHE_URL");
    environment.push(("KITH_CACHE_URL_FILE", secret.path()));
    let config = load(None, &environment).unwrap();
    assert_eq!(config.cache.url.expose_secret(), "redis://:p@localhost:1");

    let mistakes = load(None, &with(&[("KITH_CACHE_URL_FILE", secret.path())])).unwrap_err();
    assert_eq!(keys(&mistakes), ["cache.url"]);
    assert_eq!(mistakes.0[0].problem, "both are set");

    environment.pop();
    environment.push(("KITH_CACHE_URL_FILE", "/nowhere/secret"));
    let mistakes = load(None, &environment).unwrap_err();
    assert!(
        mistakes.0[0]
            .problem
            .starts_with("/nowhere/secret cannot be read")
    );
}

#[test]
fn what_is_no_secret_has_no_file_of_its_own() {
    let mistakes = load(None, &with(&[("KITH_NATS_URL_FILE", "/somewhere")])).unwrap_err();
    assert_eq!(keys(&mistakes), ["KITH_NATS_URL_FILE"]);
}

#[test]
fn a_secret_that_looks_like_a_number_has_to_be_quoted_in_the_file() {
    let file = TempFile::new("number", "[api]\nnats_password = 0123\n");
    let mut environment = complete();
    environment.retain(|(name, _)| *name != "KITH_API_NATS_PASSWORD");
    let shown = load(Some(&file), &environment).unwrap_err().to_string();
    assert!(!shown.contains("0123"), "{shown}");

    let file = TempFile::new("number2", "[api]\nnats_password = 12345\n");
    let mistakes = load(Some(&file), &environment).unwrap_err();
    assert_eq!(keys(&mistakes), ["api.nats_password"]);
    assert_eq!(mistakes.0[0].remedy, "quote it: \"…\"");

    let file = TempFile::new("number3", "[api]\nnats_password = \"0123\"\n");
    let config = load(Some(&file), &environment).unwrap();
    assert_eq!(config.api.nats_password.expose_secret(), "0123");
}

#[test]
fn a_secret_that_looks_like_a_number_stays_as_it_is_in_the_environment() {
    let config = load(None, &with(&[("KITH_API_NATS_PASSWORD", "00123")])).unwrap();
    assert_eq!(config.api.nats_password.expose_secret(), "00123");
}

#[test]
fn all_mistakes_are_told_at_once_with_their_place_and_remedy() {
    let text = "\
[instance]
name = \"https://kith.example\"
namespace = \"Kith!\"

[gatway]
listen = \"127.0.0.1:1\"

[gateway]
listen = \"localhost\"
ring_minutes = 0
heartbeat = 5
";
    let file = TempFile::new("many", text);
    let environment = [
        ("KITH_POSTGRES_URL", "mysql://u:hidden@h/db"),
        ("KITH_NATS_URL", "nats://user:hidden@localhost"),
        ("KITH_CACHE_URL", "localhost:6379"),
        ("KITH_SECURITY_SESSION_KEY", "hidden"),
        ("KITH_API_LISTENS", "127.0.0.1:1"),
        ("KITH_NATS_REPLICAS", "two"),
        ("KITH_CONFIG", "kith.toml"),
        ("KITH_SITE_ADDRESS", "localhost"),
    ];
    let mistakes = load(Some(&file), &environment).unwrap_err();
    let expected = [
        "instance.name",
        "instance.namespace",
        "api.nats_password",
        "gateway.listen",
        "gateway.nats_password",
        "gateway.ring_minutes",
        "federation.nats_password",
        "postgres.url",
        "nats.url",
        "nats.replicas",
        "cache.url",
        "security.session_key",
        "gateway.heartbeat",
        "gatway.listen",
        "KITH_API_LISTENS",
    ];
    assert_eq!(keys(&mistakes), expected);
    assert_eq!(mistakes.0[0].source, format!("{}:2", file.path()));
    assert_eq!(mistakes.0[7].source, "KITH_POSTGRES_URL");
    assert_eq!(mistakes.0[13].remedy, "did you mean gateway.listen?");
    assert_eq!(mistakes.0[14].remedy, "did you mean KITH_API_LISTEN?");
    let table = mistakes.to_string();
    assert!(table.starts_with("The configuration has 15 mistakes:"));
    assert!(!table.contains("hidden"), "{table}");
}

#[test]
fn a_file_that_is_not_toml_is_told_with_its_line() {
    let file = TempFile::new(
        "broken",
        "[instance]\nname = \"a.example\"\nnamespace = = 3\n",
    );
    let mistakes = load(Some(&file), &complete()).unwrap_err();
    assert_eq!(mistakes.0[0].source, format!("{}:3", file.path()));
}

#[test]
fn a_key_outside_of_a_section_is_a_mistake() {
    let file = TempFile::new("outside", "name = \"a.example\"\n");
    let mistakes = load(Some(&file), &complete()).unwrap_err();
    assert_eq!(mistakes.0[0].problem, "a key stands outside of a section");
}

#[test]
fn a_named_file_that_is_not_there_is_a_mistake() {
    let path = PathBuf::from("/nowhere/kith.toml");
    let mistakes = Sources::given(Some(&path), complete())
        .load(ALL)
        .unwrap_err();
    assert_eq!(mistakes.0[0].source, "/nowhere/kith.toml");
}

#[test]
fn only_what_the_running_parts_need_is_required() {
    let load = |parts: &[Part], environment: &[(&str, &str)]| {
        Sources::given(None, environment.iter().copied()).load(parts)
    };
    let gateway = [
        ("KITH_NATS_URL", "nats://localhost"),
        ("KITH_GATEWAY_NATS_PASSWORD", "p"),
        ("KITH_SECURITY_SESSION_KEY", KEY),
    ];
    let config = load(&[Part::Gateway], &gateway).unwrap();
    assert_eq!(config.postgres.url.expose_secret(), "");
    let mistakes = load(&[Part::Api], &gateway).unwrap_err();
    assert_eq!(
        keys(&mistakes),
        ["api.nats_password", "postgres.url", "cache.url"]
    );
    let database = [("KITH_POSTGRES_URL", "postgres://localhost/kith")];
    assert!(load(&[Part::Database], &database).is_ok());
}

#[test]
fn every_server_of_a_cluster_is_checked() {
    let cluster = "nats://a:4222,tls://b:4222";
    let config = load(None, &with(&[("KITH_NATS_URL", cluster)])).unwrap();
    assert_eq!(config.nats.url, cluster);
    for wrong in [
        "nats://a,",
        "nats://a,http://b",
        "nats://a,nats://me:secret@b",
    ] {
        let mistakes = load(None, &with(&[("KITH_NATS_URL", wrong)])).unwrap_err();
        assert_eq!(keys(&mistakes), ["nats.url"], "{wrong}");
    }
}

#[test]
fn what_is_given_is_checked_even_if_nobody_needs_it() {
    let environment = [
        ("KITH_POSTGRES_URL", "postgres://localhost/kith"),
        ("KITH_CACHE_URL", "http://localhost"),
    ];
    let mistakes = Sources::given(None, environment)
        .load(&[Part::Database])
        .unwrap_err();
    assert_eq!(keys(&mistakes), ["cache.url"]);
}

#[test]
fn lists_stand_with_commas_in_the_environment_and_as_lists_in_the_file() {
    let networks = |config: Config| -> Vec<String> {
        config
            .http
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let config = load(
        None,
        &with(&[("KITH_HTTP_TRUSTED_PROXIES", "10.0.0.0/8, ::1")]),
    )
    .unwrap();
    assert_eq!(networks(config), ["10.0.0.0/8", "::1/128"]);
    let file = TempFile::new("list", "[http]\ntrusted_proxies = [\"192.168.1.7\"]\n");
    assert_eq!(
        networks(load(Some(&file), &complete()).unwrap()),
        ["192.168.1.7/32"]
    );
    let mistakes = load(None, &with(&[("KITH_HTTP_TRUSTED_PROXIES", "everyone")])).unwrap_err();
    assert_eq!(keys(&mistakes), ["http.trusted_proxies"]);
}

#[test]
fn secrets_are_not_shown_by_a_debug_print() {
    let shown = format!("{:?}", load(None, &complete()).unwrap());
    assert!(
        !shown.contains("secret@") && !shown.contains(KEY),
        "{shown}"
    );
}

#[test]
fn the_example_names_every_key_and_says_what_the_defaults_are() {
    let example = kith_config::example();
    // Every line with a value, without its comment mark, and without those that have no default.
    let is_key =
        |line: &&str| line.starts_with('[') || line.starts_with('#') && line.contains(" = ");
    let text: String = example
        .lines()
        .filter(is_key)
        .map(|line| line.trim_start_matches('#'))
        .filter(|line| !line.ends_with("= \"\"") && !line.starts_with(' '))
        .fold(String::new(), |text, line| text + line + "\n");
    assert!(text.contains("ring_minutes = 5"), "{text}");
    let file = TempFile::new("example", &text);
    let by_example = load(Some(&file), &complete()).unwrap();
    let by_default = load(None, &complete()).unwrap();
    assert_eq!(format!("{by_example:?}"), format!("{by_default:?}"));
}

#[test]
fn the_example_in_the_repository_is_up_to_date() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../config/kith.example.toml"
    );
    let stored = fs::read_to_string(path).unwrap_or_default();
    assert!(
        stored == kith_config::example(),
        "config/kith.example.toml is stale: run `cargo run -p kith -- config example > config/kith.example.toml`"
    );
}

#[test]
fn every_key_is_explained_with_its_value_and_where_that_comes_from() {
    let file = TempFile::new("explain", "[gateway]\nring_minutes = 7\n");
    let environment = with(&[("KITH_INSTANCE_NAME", "a.example")]);
    let sources = Sources::given(Some(&file.0), environment);
    let explained = sources.explain(ALL).unwrap();
    let about = |key: &str| {
        let found = explained
            .iter()
            .find(|explained| explained.key == key)
            .unwrap();
        (found.shown.as_str(), found.source.clone())
    };
    assert_eq!(
        about("instance.name"),
        ("a.example", "KITH_INSTANCE_NAME".into())
    );
    assert_eq!(
        about("gateway.ring_minutes"),
        ("7", format!("{}:2", file.path()))
    );
    assert_eq!(
        about("gateway.ring_megabytes"),
        ("64", "the default".into())
    );
    assert_eq!(about("cache.url"), ("(secret)", "KITH_CACHE_URL".into()));
    assert_eq!(about("telemetry.otlp_endpoint"), ("", "not set".into()));
}

#[test]
fn hosts_stand_in_a_list_with_their_addresses() {
    let hosts = "Other.test=127.0.0.1:8443, third.test=[::1]:443";
    let config = load(None, &with(&[("KITH_OUTBOUND_HOSTS", hosts)])).unwrap();
    let hosts = &config.outbound.hosts;
    assert_eq!(hosts.len(), 2);
    assert_eq!(hosts[0].name, "other.test");
    assert_eq!(hosts[1].address, "[::1]:443".parse().unwrap());
    for bad in ["other.test", "other.test=127.0.0.1", "=:1", "a=b=c"] {
        let mistakes = load(None, &with(&[("KITH_OUTBOUND_HOSTS", bad)])).unwrap_err();
        assert_eq!(keys(&mistakes), ["outbound.hosts"], "{bad}");
    }
}

#[test]
fn an_instance_has_the_name_of_a_domain_and_no_address() {
    for bad in ["127.0.0.1", "kith.example:443", "https://kith.example"] {
        let mistakes = load(None, &with(&[("KITH_INSTANCE_NAME", bad)])).unwrap_err();
        assert_eq!(keys(&mistakes), ["instance.name"], "{bad}");
    }
    let config = load(None, &with(&[("KITH_INSTANCE_NAME", "Kith.Example")])).unwrap();
    assert_eq!(config.instance.name, "kith.example");
}

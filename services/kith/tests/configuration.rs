//! What the program says of its configuration, as it is called by people and by their supervisors.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Output};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

fn kith(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kith"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn all_mistakes_come_in_one_table_with_exit_code_78() {
    let environment = [
        ("KITH_INSTANCE_NAMESPACE", "Not Allowed"),
        ("KITH_GATEWAY_LISTEN", "somewhere"),
        ("KITH_GATEWEY_LISTEN", "127.0.0.1:1"),
    ];
    let output = kith(&["run", "--role", "gateway"], &environment);
    assert_eq!(output.status.code(), Some(78));
    let table = stderr(&output);
    for expected in [
        "6 mistakes",
        "instance.namespace",
        "gateway.listen",
        "gateway.nats_password",
        "nats.url",
        "security.session_key",
        "KITH_GATEWEY_LISTEN",
        "KITH_GATEWAY_LISTEN?",
    ] {
        assert!(
            table.contains(expected),
            "{expected} is missing in\n{table}"
        );
    }
    assert!(
        !table.contains("postgres.url"),
        "a gateway needs no database:\n{table}"
    );
}

#[test]
fn a_filter_that_the_logger_does_not_understand_is_a_mistake_like_any_other() {
    let environment = [
        ("KITH_TELEMETRY_LOG", "kith=everything"),
        ("KITH_NATS_URL", "nats://127.0.0.1:1"),
        ("KITH_GATEWAY_NATS_PASSWORD", "p"),
        ("KITH_SECURITY_SESSION_KEY", KEY),
    ];
    let output = kith(&["run", "--role", "gateway"], &environment);
    assert_eq!(output.status.code(), Some(78));
    assert!(
        stderr(&output).contains("telemetry.log"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_configuration_file_that_is_not_there_is_a_mistake() {
    let output = kith(&["migrate", "up", "--config", "/nowhere/kith.toml"], &[]);
    assert_eq!(output.status.code(), Some(78));
    assert!(stderr(&output).contains("/nowhere/kith.toml"));
}

#[test]
fn a_right_configuration_is_explained_without_its_secrets() {
    let environment = [
        ("KITH_NATS_URL", "nats://127.0.0.1:1"),
        ("KITH_GATEWAY_NATS_PASSWORD", "a-secret"),
        ("KITH_SECURITY_SESSION_KEY", KEY),
    ];
    let output = kith(&["config", "check", "--role", "gateway"], &environment);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = stdout(&output);
    assert!(table.contains("gateway.ring_minutes") && table.contains("KITH_NATS_URL"));
    assert!(
        !table.contains("a-secret") && !table.contains(KEY),
        "{table}"
    );
}

#[test]
fn the_example_is_the_one_of_the_repository() {
    let output = kith(&["config", "example"], &[]);
    let stored = include_str!("../../../config/kith.example.toml");
    assert_eq!(stdout(&output), stored);
}

#[test]
fn the_version_and_the_interface_need_no_configuration() {
    let version = kith(&["version"], &[("KITH_NONSENSE", "1")]);
    assert_eq!(
        stdout(&version),
        format!("kith {}\n", env!("CARGO_PKG_VERSION"))
    );
    let document = stdout(&kith(&["openapi"], &[]));
    assert!(document.contains("\"openapi\": \"3."), "{document:.200}");
    assert!(document.contains("/api/v1/channels/{channel}/messages"));
}

#[test]
fn a_wrong_command_line_is_told() {
    let output = kith(&["run", "--role", "janitor"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("possible values: api, gateway, "));
}

//! Against `http-message-signatures` of the Python package index, in both directions.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use kith_testkit::workspace;
use serde_json::{Value, json};

use crate::{BODY, domain, key, signed, verify};

/// Runs the other implementation. `./dev` obtains it, as it obtains engines.
fn independent(input: &Value) -> Value {
    let mut child = Command::new("python3")
        .arg(workspace().join("tools/federation-peer"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tests need python3, as ./dev does");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "tools/federation-peer: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn described(request: &Request<Bytes>) -> Value {
    let headers = request.headers().iter();
    let headers: serde_json::Map<_, _> = headers
        .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())))
        .collect();
    json!({
        "method": request.method().as_str(),
        "url": format!("https://two.test{}", request.uri()),
        "headers": headers,
        "body": STANDARD.encode(request.body()),
    })
}

#[test]
fn what_we_sign_is_believed_by_an_independent_implementation() {
    for body in [BODY, b""] {
        let request = signed(body);
        let key = key();
        let public = STANDARD.encode(key.verifying_key().as_bytes());
        let mut asked =
            json!({"do": "verify", "public_key": public, "request": described(&request)});
        let answer = independent(&asked);
        assert_eq!(answer["verified"], true, "{answer}");
        assert_eq!(answer["parameters"]["keyid"], "one.test#k1");

        asked["request"]["headers"]["kith-destination"] = json!("three.test");
        assert_eq!(independent(&asked)["verified"], false);
    }
}

#[test]
fn what_an_independent_implementation_signs_is_believed_by_us() {
    let mut request = Request::builder()
        .method("POST")
        .uri("/federation/v1/hello?a=1&b=%20")
        .header("host", "two.test")
        .header("content-type", "application/json")
        .header("kith-origin", "one.test")
        .header("kith-destination", "two.test")
        .body(Bytes::from_static(BODY))
        .unwrap();
    let key = key();
    let asked = json!({
        "do": "sign", "private_key": STANDARD.encode(key.to_bytes()), "key_id": "one.test#k1",
        "created": 1_795_255_200, "expires": 1_795_255_260, "nonce": "0123456789abcdef",
        "request": described(&request),
    });
    let answer = independent(&asked);
    for name in ["content-digest", "signature-input", "signature"] {
        let value = answer["headers"][name].as_str().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let claims = verify(&request).unwrap();
    assert_eq!(claims.origin, domain("one.test"));
    assert_eq!(claims.nonce, "0123456789abcdef");
}

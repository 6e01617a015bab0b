use bytes::Bytes;
use ed25519_dalek::SigningKey;
use http::{HeaderName, HeaderValue, Method, Request};
use kith_federation::signature::{COMPONENTS, SignatureError, Signer, content_digest, sign};
use kith_types::SeededEntropy;
use kith_wire::ErrorCode;

use crate::{BODY, NOW, claims, domain, key, signed, verify};

fn header<'a>(request: &'a Request<Bytes>, name: &str) -> &'a str {
    request.headers()[name].to_str().unwrap()
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().insert(name, value);
}

/// The request with its `Signature-Input` changed; the signature is not made anew.
fn with_input(change: impl Fn(&str) -> String) -> Request<Bytes> {
    let mut request = signed(BODY);
    let input = change(header(&request, "signature-input"));
    set(&mut request, "signature-input", &input);
    request
}

#[track_caller]
fn refused(request: &Request<Bytes>, code: ErrorCode) -> SignatureError {
    let error = verify(request).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    error
}

#[test]
fn a_signed_request_is_believed_and_says_who_sends_it_and_for_whom() {
    for body in [BODY, b""] {
        let claims = verify(&signed(body)).unwrap();
        assert_eq!(claims.origin, domain("one.test"));
        assert_eq!(claims.destination, domain("two.test"));
        assert_eq!(claims.key_domain, domain("one.test"));
        assert_eq!(
            (claims.key_id.as_str(), claims.authority.as_str()),
            ("k1", "two.test")
        );
    }
}

#[test]
fn every_signature_of_the_same_request_has_a_nonce_of_its_own() {
    let mut request = signed(BODY);
    let first = claims(&request).unwrap().nonce;
    let (origin, key) = (domain("one.test"), key());
    let signer = Signer {
        origin: &origin,
        key_id: "k1",
        key: &key,
    };
    let chance = SeededEntropy::new(2);
    sign(&mut request, signer, &domain("two.test"), NOW, &chance);
    let second = verify(&request).unwrap().nonce;
    assert_ne!(first, second);
}

#[test]
fn whatever_is_altered_is_noticed() {
    type Alter = (&'static str, fn(&mut Request<Bytes>));
    let alterations: &[Alter] = &[
        ("method", |request| *request.method_mut() = Method::PUT),
        ("path", |request| {
            *request.uri_mut() = "/federation/v1/hello2?a=1&b=%20".parse().unwrap();
        }),
        ("query", |request| {
            *request.uri_mut() = "/federation/v1/hello?a=2&b=%20".parse().unwrap();
        }),
        ("no query", |request| {
            *request.uri_mut() = "/federation/v1/hello".parse().unwrap();
        }),
        ("authority", |request| set(request, "host", "three.test")),
        ("port", |request| set(request, "host", "two.test:444")),
        ("content type", |request| {
            set(request, "content-type", "text/plain");
        }),
        ("origin", |request| {
            set(request, "kith-origin", "three.test");
        }),
        ("destination", |request| {
            set(request, "kith-destination", "three.test");
        }),
        ("body and digest", |request| {
            *request.body_mut() = Bytes::from_static(b"{}");
            set(request, "content-digest", &content_digest(b"{}"));
        }),
        ("created", |request| {
            let later = header(request, "signature-input")
                .replace("created=1795255200", "created=1795255201");
            set(request, "signature-input", &later);
        }),
        ("expires", |request| {
            let later = header(request, "signature-input")
                .replace("expires=1795255260", "expires=1795255261");
            set(request, "signature-input", &later);
        }),
        ("nonce", |request| {
            let other = header(request, "signature-input").replace("nonce=\"", "nonce=\"x");
            set(request, "signature-input", &other);
        }),
        ("key", |request| {
            let other = header(request, "signature-input").replace("#k1", "#k2");
            set(request, "signature-input", &other);
        }),
    ];
    for (what, alter) in alterations {
        let mut request = signed(BODY);
        alter(&mut request);
        assert_eq!(verify(&request), Err(SignatureError::Altered), "{what}");
    }
    let claims = claims(&signed(BODY)).unwrap();
    let other = SigningKey::from_bytes(&[8; 32]);
    assert_eq!(
        claims.verify(other.verifying_key().as_bytes()),
        Err(SignatureError::Altered)
    );
}

#[test]
fn a_body_that_is_not_the_one_of_the_digest_is_refused_before_anything_else_is_asked() {
    let mut request = signed(BODY);
    *request.body_mut() = Bytes::from_static(b"{}");
    assert_eq!(verify(&request), Err(SignatureError::Digest));
    refused(&request, ErrorCode::SignatureInvalid);
}

#[test]
fn a_signature_that_leaves_something_out_is_refused() {
    for component in COMPONENTS {
        let request = with_input(|input| {
            let quoted = format!("\"{component}\"");
            input
                .replace(&format!("{quoted} "), "")
                .replace(&format!(" {quoted}"), "")
        });
        assert_eq!(verify(&request), Err(SignatureError::Uncovered(component)));
    }
    for parameter in ["created", "expires", "nonce", "keyid", "alg"] {
        let request = with_input(|input| {
            let mut parts = input.split(';').map(str::to_owned).collect::<Vec<_>>();
            parts.retain(|part| !part.starts_with(&format!("{parameter}=")));
            parts.join(";")
        });
        let error = refused(&request, ErrorCode::SignatureInvalid);
        assert!(
            matches!(error, SignatureError::Malformed(_)),
            "{parameter}: {error}"
        );
    }
}

#[test]
fn a_header_that_is_covered_is_there_exactly_once() {
    for name in [
        "content-digest",
        "content-type",
        "kith-origin",
        "kith-destination",
        "host",
    ] {
        let mut twice = signed(BODY);
        let value = twice.headers()[name].clone();
        twice
            .headers_mut()
            .append(HeaderName::from_static(name), value);
        let mut never = signed(BODY);
        never.headers_mut().remove(name);
        for request in [twice, never] {
            let error = refused(&request, ErrorCode::SignatureInvalid);
            assert_eq!(error, SignatureError::NotOnce(name.to_owned()));
        }
    }
}

#[test]
fn a_request_has_exactly_one_signature() {
    let mut without = signed(BODY);
    without.headers_mut().remove("signature");
    assert_eq!(verify(&without), Err(SignatureError::Missing));
    let mut without = signed(BODY);
    without.headers_mut().remove("signature-input");
    assert_eq!(verify(&without), Err(SignatureError::Missing));

    // The same label twice: the grammar would keep the last one and forget the first.
    for name in ["signature-input", "signature"] {
        let mut doubled = signed(BODY);
        let value = header(&doubled, name).to_owned();
        set(&mut doubled, name, &format!("{value}, {value}"));
        let error = refused(&doubled, ErrorCode::SignatureInvalid);
        assert!(matches!(error, SignatureError::Malformed(_)));
        let mut two = signed(BODY);
        let other = value.replacen("kith=", "other=", 1);
        set(&mut two, name, &format!("{value}, {other}"));
        let error = refused(&two, ErrorCode::SignatureInvalid);
        assert!(matches!(error, SignatureError::Malformed(_)));
        let mut lines = signed(BODY);
        lines
            .headers_mut()
            .append(name, HeaderValue::from_str(&other).unwrap());
        let error = refused(&lines, ErrorCode::SignatureInvalid);
        assert!(matches!(error, SignatureError::Malformed(_)));
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    type Change = (&'static str, fn(&str) -> String);
    let changes: &[Change] = &[
        ("a component twice", |input| {
            input.replace("(\"@method\"", "(\"@method\" \"@method\"")
        }),
        ("an unknown component", |input| {
            input.replace("(\"@method\"", "(\"cookie\" \"@method\"")
        }),
        ("a component with a parameter", |input| {
            input.replace("\"@path\"", "\"@path\";req")
        }),
        ("an unknown parameter", |input| format!("{input};tag=\"x\"")),
        ("a parameter twice", |input| {
            format!("{input};created=1795255200")
        }),
        ("another algorithm", |input| {
            input.replace("\"ed25519\"", "\"hmac-sha256\"")
        }),
        ("a moment in words", |input| {
            input.replace("created=1795255200", "created=\"now\"")
        }),
        ("a short nonce", |input| {
            let (before, rest) = input.split_once("nonce=\"").unwrap();
            let (_, after) = rest.split_once('"').unwrap();
            format!("{before}nonce=\"short\"{after}")
        }),
        ("a key of nobody", |input| {
            input.replace("one.test#k1", "k1")
        }),
        ("more room", |input| {
            input.replace("(\"@method\"", "( \"@method\"")
        }),
        ("no list", |_| "kith=1".to_owned()),
        ("no dictionary", |_| "(((".to_owned()),
        ("nothing", |_| String::new()),
    ];
    for (what, change) in changes {
        let request = with_input(change);
        let error = refused(&request, ErrorCode::SignatureInvalid);
        assert!(
            matches!(error, SignatureError::Malformed(_)),
            "{what}: {error}"
        );
    }
    for signature in ["kith=:AA==:", "kith=1", "other=:AA==:", "kith=:AA==:;a"] {
        let mut request = signed(BODY);
        set(&mut request, "signature", signature);
        refused(&request, ErrorCode::SignatureInvalid);
    }
}

#[test]
fn a_signature_is_good_for_its_time_only() {
    let claims = claims(&signed(BODY)).unwrap();
    let at = |seconds| claims.check_time(NOW.plus_seconds(seconds));
    assert_eq!(at(0), Ok(()));
    assert_eq!(at(59), Ok(()));
    assert_eq!(at(60), Err(SignatureError::Expired));
    assert_eq!(at(3600), Err(SignatureError::Expired));
    assert_eq!(at(-30), Ok(()));
    assert_eq!(at(-31), Err(SignatureError::Future));
    assert_eq!(SignatureError::Expired.code(), ErrorCode::SignatureExpired);
    assert_eq!(SignatureError::Future.code(), ErrorCode::SignatureExpired);

    let long = with_input(|input| input.replace("expires=1795255260", "expires=1795255501"));
    assert_eq!(verify(&long), Err(SignatureError::TooLong));
    let backwards = with_input(|input| {
        input
            .replace("created=1795255200", "created=1795255229")
            .replace("expires=1795255260", "expires=1795255229")
    });
    assert_eq!(verify(&backwards), Err(SignatureError::Expired));
}

//! Requests as odd clients write them, byte by byte, against the program itself.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::process::{Running, copy_model};

const BODY: &str = r#"{"comment":{"text":"A fine day."},"requestedAttributes":{"TOXICITY":{}}}"#;

/// A request for scores with `head` after the path.
fn analyze(head: &str) -> String {
    let length = BODY.len();
    format!("POST /v1alpha1/comments:analyze {head}\r\nContent-Length: {length}\r\n\r\n{BODY}")
}

#[test]
fn old_and_odd_requests_are_answered() {
    let running = Running::start(&[]);
    let close = "HTTP/1.1\r\nHost: a\r\nConnection: close";
    for request in [
        analyze("HTTP/1.0"),
        analyze(&format!("{close}\r\nContent-Type: text/plain")),
        analyze(&format!(
            "{close}\r\nContent-Type: application/x-www-form-urlencoded"
        )),
        analyze(&format!("{close}\r\nContent-Type: \u{1F4A9}")),
        analyze(&format!(
            "{close}\r\nAccept: text/html\r\nAccept-Encoding: gzip, br"
        )),
        analyze(&format!("{close}\r\nAccept-Charset: iso-8859-1\r\nDNT: 1")),
        format!("\r\n\r\n{}", analyze(close)),
        analyze(close).replace("POST /", "POST http://commentanalyzer.googleapis.com/"),
        analyze(close).replace(
            "analyze",
            "analyze?key=%FF&key=&alt=json&$.xgafv=2&callback=%00&&=&?",
        ),
    ] {
        let answer = running.ask(&request);
        assert!(answer.contains(" 200 OK\r\n"), "{request}\n{answer}");
        assert!(answer.contains("attributeScores"), "{request}\n{answer}");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let running = Running::start(&[]);
    let request = |token: &str| {
        let body = BODY.replace("}}}", &format!("}}}},\"clientToken\":\"{token}\"}}"));
        let length = body.len();
        format!(
            "POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    let mut requests: String = (0..50).map(|i| request(&format!("t{i}."))).collect();
    requests += &analyze("HTTP/1.1\r\nHost: a\r\nConnection: close");
    let answers = running.ask(&requests);
    let tokens = answers.split("\"clientToken\":\"").skip(1);
    let tokens = tokens.map(|rest| rest.split('"').next().unwrap());
    assert!(tokens.eq((0..50).map(|i| format!("t{i}."))), "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 51);
}

#[test]
fn a_client_that_waits_for_leave_gets_it() {
    let running = Running::start(&[]);
    let mut stream = TcpStream::connect(&running.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let whole = analyze("HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue");
    let (head, body) = whole.split_at(whole.len() - BODY.len());
    stream.write_all(head.as_bytes()).unwrap();
    let mut leave = [0; 64];
    let length = stream.read(&mut leave).unwrap();
    assert!(leave[..length].starts_with(b"HTTP/1.1 100 Continue\r\n"));
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn what_is_no_http_is_told_so_or_closed() {
    let running = Running::start(&["--timeout", "2", "--idle-timeout", "2"]);
    for request in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\x00\x00\x00\x00\r\n\r\n",
        b"POST /v1alpha1/comments:analyze\r\n\r\n",
        b"POST /v1alpha1/comments:analyze HTTP/9.9\r\n\r\n",
        b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /v1alpha1/comments\x00analyze HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\xff\xff\xff\xff",
    ] {
        let mut stream = TcpStream::connect(&running.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        // A reset is an end, too; time that runs out is none.
        if let Err(error) = stream.read_to_end(&mut answer) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{request:?}");
        }
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains(" 200 ") && !answer.contains(" 500 "), "{answer}");
    }
    assert!(running.ask(&analyze("HTTP/1.0")).contains(" 200 OK"));
}

/// By the shipped thresholds nothing is rejected for being off topic; a site may set one.
#[test]
fn coral_hears_irrelevant_content_where_a_site_rejects_it() {
    let golden = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/serve/coral-off-topic.json"
    );
    let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    let text = |pointer: &str| {
        golden
            .pointer(pointer)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let model = folder.path().join("model");
    copy_model(&model);
    let config = std::fs::read_to_string(model.join("config.toml")).unwrap();
    let (before, after) = config.split_once("[policy.off_topic]\n").unwrap();
    let (flag, after) = after.split_once('\n').unwrap();
    let reject = flag.replace("flag", "reject");
    let config = format!("{before}[policy.off_topic]\n{flag}\n{reject}\n{after}");
    std::fs::write(model.join("config.toml"), config).unwrap();
    std::fs::write(file("secret"), text("/settings/coral_secret")).unwrap();
    std::fs::write(file("articles.jsonl"), golden["articles"][0].to_string()).unwrap();
    let (model, secret, articles) = (file("model"), file("secret"), file("articles.jsonl"));
    let args = [
        "--model",
        &model,
        "--coral-secret",
        &secret,
        "--articles",
        &articles,
    ];
    let running = Running::start(&args);
    let body = text("/request/raw");
    let signature = text("/request/headers/x-coral-signature");
    let answer = running.ask(&format!(
        "POST /coral/moderate HTTP/1.0\r\nX-Coral-Signature: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let verdict: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let reason = &verdict["moderationAction"]["rejectionReason"];
    assert_eq!(
        (&verdict["status"], &reason["code"]),
        (&"REJECTED".into(), &"IRRELEVANT_CONTENT".into())
    );
    assert!(
        reason["detailedExplanation"]
            .as_str()
            .unwrap()
            .contains("off_topic")
    );
}

//! Clients that mean harm, against the program itself: the others are answered all the while, and memory stays bounded.
//!
//! The same with 10,000 connections, a gigabyte and TLS: `benches/serve/hostile.py`.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use ombuds::serve::{Settings, app};

use super::process::{Running, copy_model};
use super::{send, service};

const BODY: &str = r#"{"comment":{"text":"A fine day."},"requestedAttributes":{"TOXICITY":{}}}"#;

fn analyze(more: &str) -> String {
    format!(
        "POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: a\r\n{more}Content-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
}

fn check_answered(running: &Running) {
    let began = Instant::now();
    let answer = running.ask(&analyze("Connection: close\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

/// Reads until the server closes the connection; what it said.
fn read_to_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection is still open: {error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn those_who_stop_halfway_keep_nobody_out() {
    // More of each kind than there are places for requests at work.
    let args = [
        "--timeout",
        "2",
        "--idle-timeout",
        "2",
        "--max-in-flight",
        "8",
    ];
    let running = Running::start(&args);
    let whole = analyze("");
    let halves = [
        "",
        "POST /v1alpha1/comm",
        "POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: a\r\nX-",
        &whole[..whole.len() - 10],
        "POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"com",
    ];
    let mut stopped = Vec::new();
    for half in halves {
        for _ in 0..40 {
            let mut stream = connect(&running.address);
            stream.write_all(half.as_bytes()).unwrap();
            stopped.push(stream);
        }
    }
    for _ in 0..5 {
        check_answered(&running);
    }
    let began = Instant::now();
    for (i, stream) in stopped.into_iter().enumerate() {
        let answer = read_to_end(stream);
        let is_late = answer.is_empty()
            || answer.starts_with("HTTP/1.1 50")
            || answer.starts_with("HTTP/1.1 408");
        assert!(is_late, "{}: {answer}", halves[i / 40]);
    }
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
    check_answered(&running);
}

#[test]
fn a_trickle_of_bytes_wins_no_time() {
    let running = Running::start(&["--timeout", "1", "--idle-timeout", "1"]);
    let whole = analyze("");
    for (name, text) in [("head", &whole[..60]), ("body", &whole[..])] {
        let mut stream = connect(&running.address);
        // Begins with what is not to trickle.
        let at = if name == "head" {
            10
        } else {
            whole.len() - BODY.len()
        };
        stream.write_all(&text.as_bytes()[..at]).unwrap();
        let began = Instant::now();
        let is_open = |stream: &mut TcpStream| {
            stream
                .set_read_timeout(Some(Duration::from_millis(200)))
                .unwrap();
            let mut answer = [0; 512];
            match stream.read(&mut answer) {
                Ok(n) => {
                    n > 0
                        && !answer.starts_with(b"HTTP/1.1 50")
                        && !answer.starts_with(b"HTTP/1.1 408")
                }
                Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            }
        };
        let mut rest = text.as_bytes()[at..].chunks(1);
        while is_open(&mut stream) {
            assert!(
                began.elapsed() < Duration::from_secs(6),
                "{name}: still open"
            );
            let byte = rest.next().expect("more bytes than seconds");
            if stream.write_all(byte).is_err() {
                break;
            }
        }
    }
    check_answered(&running);
}

#[test]
fn idle_connections_and_endless_bodies_take_little_memory() {
    let running = Running::start(&[]);
    check_answered(&running);
    let before = running.memory();
    let idle: Vec<TcpStream> = (0..400).map(|_| connect(&running.address)).collect();
    check_answered(&running);
    for head in [
        "POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n",
        "POST /v1/score HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        let mut stream = connect(&running.address);
        stream.write_all(head.as_bytes()).unwrap();
        let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
        // The server may close at any moment; it must, long before the end.
        let sent = (0..256)
            .take_while(|_| stream.write_all(chunk.as_bytes()).is_ok())
            .count();
        assert!(sent < 128, "{sent} MB were taken: {head}");
        check_answered(&running);
    }
    let grown = running.memory().saturating_sub(before);
    assert!(grown < 128 << 10, "{grown} kB");
    drop(idle);
}

#[test]
fn models_are_exchanged_and_no_request_fails() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    copy_model(&model);
    let running = Running::start(&["--model", model.to_str().unwrap()]);
    let is_over = AtomicBool::new(false);
    let address = running.address.clone();
    let ask = || {
        let (mut stream, request) = (connect(&address), analyze(""));
        let (mut n, mut answer) = (0, [0; 4096]);
        while !is_over.load(Ordering::Relaxed) {
            stream.write_all(request.as_bytes()).unwrap();
            let length = stream.read(&mut answer).unwrap();
            let answer = String::from_utf8_lossy(&answer[..length]);
            assert!(
                answer.starts_with("HTTP/1.1 200") && answer.contains("TOXICITY"),
                "{answer}"
            );
            n += 1;
        }
        n
    };
    let n_answers: usize = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        for _ in 0..5 {
            running.signal("-HUP");
            running.line("model exchanged");
        }
        is_over.store(true, Ordering::Relaxed);
        asking
            .into_iter()
            .map(|asking| asking.join().unwrap())
            .sum()
    });
    assert!(n_answers > 4, "{n_answers}");
}

#[tokio::test]
async fn deep_and_broken_bodies_are_told_so_everywhere() {
    let app = app(service(Settings::default(), Vec::new()));
    let deep = |open: &str| format!("{}1", open.repeat(100_000)).into_bytes();
    let bodies = [
        deep("["),
        deep("{\"comment\":"),
        deep("{\"context\":{\"entries\":["),
        b"{\"comment\":{\"text\":\"\xff\xfe\"},\"requestedAttributes\":{\"TOXICITY\":{}}}".to_vec(),
        b"{\"comments\":[{\"text\":\"\xc3\x28\"}],\"input\":\"\xed\xa0\x80\"}".to_vec(),
        b"\x00\x01\x02".to_vec(),
    ];
    let posts = [
        "/v1alpha1/comments:analyze",
        "/v1alpha1/comments:suggestscore",
        "/v1/score",
        "/v1/moderations",
    ];
    let paths = posts.map(|path| ("POST", path)).into_iter();
    for (method, path) in paths.chain([("PUT", "/v1/articles/a")]) {
        for body in &bodies {
            let request = Request::builder().method(method).uri(path);
            let request = request.body(Body::from(body.clone())).unwrap();
            let (status, answer) = send(&app, request).await;
            let answer = String::from_utf8(answer).unwrap();
            assert!(
                status == 400 && answer.contains("error"),
                "{path}: {status} {answer}"
            );
        }
    }
}

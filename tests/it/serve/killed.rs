//! The program with a store, killed while clients tell it labels.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;

use super::process::Running;

const N_CLIENTS: usize = 8;

/// Tells labels over one connection until it breaks; the tokens of those that the server acknowledged.
fn tell(address: &str, name: &str, n_all: &AtomicUsize) -> Vec<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).unwrap();
    let mut acknowledged = Vec::new();
    for i in 0.. {
        let token = format!("{name}-{i}");
        let body = format!(
            r#"{{"comment":{{"text":"Comment of {token}."}},"attributeScores":{{"TOXICITY":{{"summaryScore":{{"value":1}}}}}},"clientToken":"{token}"}}"#
        );
        let head = "POST /v1alpha1/comments:suggestscore HTTP/1.1\r\nHost: a\r\nContent-Length:";
        let request = format!("{head} {}\r\n\r\n{body}", body.len());
        let mut answer = [0; 1024];
        let told = stream.write_all(request.as_bytes());
        let Ok(length @ 1..) = told.and_then(|()| stream.read(&mut answer)) else {
            break;
        };
        // The status alone says that it is kept; the end of the answer may be lost with the server.
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        acknowledged.push(token);
        n_all.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}

#[test]
fn a_server_that_is_killed_has_lost_no_label_and_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    let store = store.to_str().unwrap();
    let mut acknowledged = HashSet::new();
    for round in 0..3 {
        let running = Running::start(&["--store", store]);
        let n_all = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let (address, n_all) = (&running.address, &n_all);
            let client = |i| move || tell(address, &format!("r{round}c{i}"), n_all);
            let clients: Vec<_> = (0..N_CLIENTS).map(|i| scope.spawn(client(i))).collect();
            while n_all.load(Ordering::Relaxed) < 300 + 37 * round {
                std::thread::sleep(Duration::from_millis(1));
            }
            running.signal("-KILL");
            for client in clients {
                acknowledged.extend(client.join().unwrap());
            }
        });
    }
    assert!(acknowledged.len() >= 900, "{}", acknowledged.len());
    // It starts clean, and what it kept is what `train` reads.
    let again = Running::start(&["--store", store]);
    let answer = again.ask("GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(again);
    let output = Command::new(cargo_bin("ombuds"))
        .args(["store", "export", "--store", store, "-o", "-"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let exported = String::from_utf8(output.stdout).unwrap();
    let tokens: HashSet<String> = exported
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    let n_lost = acknowledged.difference(&tokens).count();
    assert_eq!(n_lost, 0, "of {}", acknowledged.len());
}

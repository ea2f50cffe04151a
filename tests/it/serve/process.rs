//! The program itself: what it refuses, signals.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;

pub(super) struct Running {
    child: Child,
    pub(super) address: String,
    lines: Receiver<String>,
}

impl Running {
    pub(super) fn start(args: &[&str]) -> Self {
        let mut child = Command::new(cargo_bin("ombuds"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(args)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .for_each(|line| drop(sender.send(line)));
        });
        let mut running = Self {
            child,
            address: String::new(),
            lines,
        };
        let line = running.line("listening");
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        line["address"]
            .as_str()
            .unwrap()
            .clone_into(&mut running.address);
        running
    }

    /// Waits for a line of the log.
    pub(super) fn line(&self, word: &str) -> String {
        loop {
            let line = self
                .lines
                .recv_timeout(Duration::from_mins(1))
                .unwrap_or_else(|_| panic!("no {word}"));
            if line.contains(word) {
                return line;
            }
        }
    }

    pub(super) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(name)
            .arg(self.child.id().to_string())
            .status();
        assert!(status.unwrap().success());
    }

    pub(super) fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Kilobytes of memory in use.
    pub(super) fn memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.unwrap().split_whitespace().next();
        number.unwrap().parse().unwrap()
    }

    fn version(&self) -> String {
        let answer = self.ask("GET /v1/model HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer.split("\"version\":\"").nth(1).unwrap()[..16].to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn copy_model(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default");
    std::fs::create_dir_all(to).unwrap();
    for name in ["model.safetensors", "config.toml"] {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

#[test]
fn a_server_that_anybody_could_ask_is_refused() {
    let output = Command::new(cargo_bin("ombuds"))
        .args(["serve", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("--insecure") && stderr.contains("ombuds key add"),
        "{stderr}"
    );
}

#[test]
fn a_broken_model_leaves_the_old_one_and_termination_finishes_what_was_begun() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    copy_model(&model);
    let mut running = Running::start(&["--model", model.to_str().unwrap()]);
    let version = running.version();
    let weights = model.join("model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    running.signal("-HUP");
    running.line("the old model stays in use");
    assert_eq!(running.version(), version);
    copy_model(&model);
    running.signal("-HUP");
    running.line("model exchanged");
    assert_eq!(running.version(), version);
    // Half a request, the signal, the other half.
    let body =
        r#"{"comment":{"text":"A fine day, Zyzzogeton."},"requestedAttributes":{"TOXICITY":{}}}"#;
    let head = format!(
        "POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(&running.address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..20]).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    running.signal("-TERM");
    running.line("stopping");
    stream.write_all(&body.as_bytes()[20..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("attributeScores"),
        "{answer}"
    );
    running.line("stopped");
    assert!(running.child.wait().unwrap().success());
}

#[test]
fn a_log_of_every_request_holds_no_text_and_no_key() {
    let running = Running::start(&["--log", "debug"]);
    let body = r#"{"comment":{"text":"Zyzzogeton"},"requestedAttributes":{"TOXICITY":{}}}"#;
    let answer = running.ask(&format!(
        "POST /v1alpha1/comments:analyze?key=Abracadabra HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    running.signal("-TERM");
    let mut log = String::new();
    while let Ok(line) = running.lines.recv_timeout(Duration::from_mins(1)) {
        log.push_str(&line);
        if line.contains("stopped") {
            break;
        }
    }
    assert!(
        log.contains("\"route\":\"analyze\"") && log.contains("\"status\":200"),
        "{log}"
    );
    assert!(
        !log.contains("yzzogeton") && !log.contains("bracadabra"),
        "{log}"
    );
}

#[test]
fn a_hangup_reads_the_articles_again() {
    let folder = tempfile::tempdir().unwrap();
    let articles = folder.path().join("articles.csv");
    let write = |title: &str| std::fs::write(&articles, format!("id,title\na1,{title}\n")).unwrap();
    write("Council closes the baths");
    let running = Running::start(&["--articles", articles.to_str().unwrap()]);
    let title =
        || running.ask("GET /v1/articles/a1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(title().contains("Council closes the baths"));
    write("Council opens the baths");
    running.signal("-HUP");
    running.line("articles read again");
    running.line("model exchanged");
    assert!(title().contains("Council opens the baths"));
    // A file that cannot be read leaves what there is.
    std::fs::write(&articles, "colour\nred\n").unwrap();
    running.signal("-HUP");
    running.line("the old model stays in use");
    assert!(title().contains("Council opens the baths"));
}

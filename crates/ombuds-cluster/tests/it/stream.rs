use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use async_nats::jetstream::{self, consumer::pull};
use futures::StreamExt as _;

use crate::bench::{Running, errors, free_port, program, rows, run, wait_until};

const N_COMMENTS: usize = 400;

/// A server of its own, if there is one on this machine.
fn server(folder: &std::path::Path, port: u16) -> Option<Running> {
    let mut command = Command::new("nats-server");
    command
        .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
        .arg(folder);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    child.ok().map(Running)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comments_of_a_killed_consumer_come_again_and_count_once() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    #[expect(clippy::print_stdout, reason = "a skipped test must say so")]
    let Some(_server) = server(folder.path(), port) else {
        println!("skipped: there is no nats-server here");
        return;
    };
    let url = format!("nats://127.0.0.1:{port}");
    wait_until("the server listens", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let context = jetstream::new(async_nats::connect(&url).await.unwrap());
    for (name, subject) in [
        ("COMMENTS", "comments.new"),
        ("VERDICTS", "comments.verdicts"),
    ] {
        let config = jetstream::stream::Config {
            name: name.to_owned(),
            subjects: vec![subject.to_owned()],
            ..Default::default()
        };
        context.create_stream(config).await.unwrap();
    }
    for row in rows(0, N_COMMENTS) {
        let comment =
            serde_json::json!({"id": row.id.to_string(), "text": row.text.unwrap_or_default()});
        let stored = context
            .publish("comments.new", comment.to_string().into())
            .await
            .unwrap();
        stored.await.unwrap();
    }
    context
        .publish("comments.new", "no comment".into())
        .await
        .unwrap()
        .await
        .unwrap();
    let n_stored = async || {
        let mut stream = context.get_stream("VERDICTS").await.unwrap();
        stream.info().await.unwrap().state.messages as usize
    };
    let arguments = [
        "stream",
        "--server",
        &url,
        "--max-pending",
        "16",
        "--ack-wait",
        "1",
        "--drain",
    ];
    let child = program()
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let first = Running(child.unwrap());
    let started = std::time::Instant::now();
    while n_stored().await < 20 {
        assert!(started.elapsed() < Duration::from_mins(2), "no verdicts");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    drop(first);
    let n_before = n_stored().await;
    assert!(n_before < N_COMMENTS, "killed in the middle: {n_before}");
    // What the dead one held comes again after its second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let output = run(&arguments);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(
        n_stored().await,
        N_COMMENTS + 1,
        "each once: {}",
        errors(&output)
    );
    let stream = context.get_stream("VERDICTS").await.unwrap();
    let consumer = stream
        .create_consumer(pull::Config::default())
        .await
        .unwrap();
    let messages = consumer
        .fetch()
        .max_messages(2 * N_COMMENTS)
        .messages()
        .await
        .unwrap();
    let messages: Vec<_> = messages.collect().await;
    let mut ids = BTreeSet::new();
    let mut n_errors = 0;
    for message in messages {
        let verdict: serde_json::Value = serde_json::from_slice(&message.unwrap().payload).unwrap();
        match verdict["id"].as_str() {
            Some(id) => assert!(ids.insert(id.to_owned())),
            None => n_errors += 1,
        }
    }
    assert_eq!((ids.len(), n_errors), (N_COMMENTS, 1));
    let mut comments = context.get_stream("COMMENTS").await.unwrap();
    assert_eq!(
        comments.info().await.unwrap().state.messages as usize,
        N_COMMENTS + 1
    );
    let mut consumer: jetstream::consumer::PullConsumer =
        comments.get_consumer("ombuds").await.unwrap();
    let info = consumer.info().await.unwrap();
    assert_eq!((info.num_ack_pending, info.num_pending), (0, 0));
}

#[cfg(not(feature = "kafka"))]
#[test]
fn kafka_is_refused_by_a_program_without_it() {
    let output = run(&["stream", "--server", "kafka://127.0.0.1:9092"]);
    let told = errors(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("--features kafka"), "{told}");
}

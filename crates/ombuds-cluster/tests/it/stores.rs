use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use futures::TryStreamExt as _;

use crate::bench::{
    Cluster, Environment, Running, archive, argument, errors, free_port, print, program,
    read_parquet, wait_until,
};

const N_FILES: usize = 3;
const N_ROWS: usize = 60;

/// A server of its own, if moto is on this machine (`pip install 'moto[s3]' flask flask-cors`).
fn server(port: u16) -> Option<Running> {
    let mut command = Command::new("moto_server");
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let server = Running(child.ok()?);
    wait_until("the server listens", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    Some(server)
}

fn make_bucket(port: u16) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = "PUT /comments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn environment(port: u16) -> Environment {
    vec![
        ("AWS_ENDPOINT", format!("http://127.0.0.1:{port}")),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "of-the-test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "of-the-test".to_owned()),
    ]
}

fn client(environment: &Environment) -> AmazonS3 {
    let pairs = environment.iter();
    let pairs = pairs.map(|(key, value)| (key.to_ascii_lowercase().parse().unwrap(), value));
    let builder = pairs.fold(AmazonS3Builder::new(), |builder, (key, value)| {
        builder.with_config(key, value)
    });
    builder.with_bucket_name("comments").build().unwrap()
}

fn run(environment: &Environment, arguments: &[&str]) -> Output {
    let mut command = program();
    command.envs(environment.iter().map(|(key, value)| (key, value)));
    let output = command.args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        errors(&output)
    );
    output
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buckets_are_read_and_written_as_folders_are() {
    let port = free_port();
    #[expect(clippy::print_stdout, reason = "a skipped test must say so")]
    let Some(_server) = server(port) else {
        println!("skipped: there is no moto_server here");
        return;
    };
    make_bucket(port);
    let environment = environment(port);
    let bucket = client(&environment);
    let input = archive(N_FILES, N_ROWS);
    let here = tempfile::tempdir().unwrap();
    print(&[
        "flag",
        &argument(input.path()),
        "--out",
        &argument(here.path()),
    ]);
    let names: Vec<String> = (0..N_FILES)
        .map(|it| format!("part-{it:02}.parquet"))
        .collect();
    for name in &names {
        let bytes = std::fs::read(input.path().join(name)).unwrap();
        bucket
            .put(&Path::from(format!("in/{name}")), bytes.into())
            .await
            .unwrap();
    }
    let cluster = Cluster::with_environment(2, environment.clone());
    let url = cluster.url();
    let places = [
        ("out-here", vec![]),
        ("out-there", vec!["--scheduler", url.as_str()]),
    ];
    for (place, more) in &places {
        let out = format!("s3://comments/{place}/");
        let flag = [&["flag", "s3://comments/in/", "--out", &out][..], more].concat();
        run(&environment, &flag);
        let told = errors(&run(&environment, &flag));
        assert!(told.contains("0 rows flagged"), "taken up: {told}");
        let listed: Vec<_> = bucket
            .list(Some(&Path::from(*place)))
            .try_collect()
            .await
            .unwrap();
        assert_eq!(listed.len(), N_FILES + 1, "files and stamp: {listed:?}");
        for name in &names {
            let found = bucket
                .get(&Path::from(format!("{place}/{name}")))
                .await
                .unwrap();
            let copy = here.path().join("copy");
            std::fs::write(&copy, found.bytes().await.unwrap()).unwrap();
            let found = Arc::new(read_parquet(&copy));
            assert!(
                *found == read_parquet(&here.path().join(name)),
                "{place}/{name}"
            );
        }
    }
    let folder = argument(input.path());
    for more in [&[][..], &["--scheduler", url.as_str()]] {
        let evaluate = |input: &str| {
            let evaluate = ["evaluate", input, "--label", "insult=insult", "--json"];
            run(&environment, &[&evaluate[..], more].concat()).stdout
        };
        assert_eq!(evaluate("s3://comments/in/"), evaluate(&folder));
        let count = |input: &str| {
            let (query, table) = (
                "SELECT count(*), sum(insult(text)) FROM t",
                format!("t={input}"),
            );
            let sql = [
                "sql",
                query,
                "--format",
                "csv",
                "--parallel",
                "1",
                "--table",
                &table,
            ];
            run(&environment, &[&sql[..], more].concat()).stdout
        };
        assert_eq!(count("s3://comments/in/"), count(&folder));
    }
}

//! What a server keeps, from outside: keys, exports that train, and a kill in the midst of writing.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::Command as Program;
use ombuds::comment::Article;
use ombuds::data::{ColumnOptions, InputOptions, Table};
use ombuds::store::{ArticleRef, KeptComment, LabelEvent, Store};

fn ombuds(args: &[&str]) -> assert_cmd::assert::Assert {
    Program::cargo_bin("ombuds").unwrap().args(args).assert()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().unwrap();
    runtime.block_on(work)
}

#[test]
fn keys_are_added_listed_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("labels.db");
    let path = store.to_str().unwrap();
    let added = ombuds(&["key", "add", "newsroom", "--store", path, "--quota", "600"]).success();
    let key = text(&added.get_output().stdout).trim().to_owned();
    let list = || {
        text(
            &ombuds(&["key", "list", "--store", path])
                .success()
                .get_output()
                .stdout,
        )
    };
    let line = list();
    let fields: Vec<_> = line.trim_end().split('\t').collect();
    assert_eq!(
        (fields[1], fields[2], fields[4]),
        ("newsroom", "600/min", "in use")
    );
    assert!(
        !line.contains(&key)
            && !text(
                &std::fs::read(&store)
                    .unwrap_or_default()
                    .into_iter()
                    .filter(u8::is_ascii)
                    .collect::<Vec<_>>()
            )
            .contains(&key)
    );

    let id = fields[0];
    let verified = || {
        in_runtime(async {
            let store = Store::open_existing(&store).await.unwrap();
            store.keys().verify(&key).map(|key| key.id().to_owned())
        })
    };
    assert_eq!(verified().as_deref(), Some(id));
    ombuds(&["key", "revoke", id, "--store", path]).success();
    assert!(list().contains("\trevoked 20"));
    assert_eq!(verified(), None);

    let failed = ombuds(&["key", "revoke", "nobody", "--store", path]).code(2);
    assert!(text(&failed.get_output().stderr).contains("no key `nobody`"));
    let missing = folder.path().join("none.db");
    ombuds(&["key", "list", "--store", missing.to_str().unwrap()]).code(2);
    assert!(!missing.exists());
}

#[test]
fn an_existing_key_is_taken_over_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("labels.db");
    let key = "AIzaSyExampleExampleExampleExampleExam1";
    let mut command = Program::cargo_bin("ombuds").unwrap();
    command
        .args(["key", "add", "coral", "--from", "-", "--store"])
        .arg(&store);
    let added = command.write_stdin(format!("{key}\n")).assert().success();
    assert!(added.get_output().stdout.is_empty());
    in_runtime(async {
        let store = Store::open_existing(&store).await.unwrap();
        assert!(store.keys().verify(key).is_some());
    });
}

/// Labels of `data/newsroom` as a site would have suggested them.
fn newsroom_events() -> Vec<LabelEvent> {
    let mut table = Table::open("data/newsroom/comments.csv", &InputOptions::default()).unwrap();
    let columns = ColumnOptions::default().resolve(table.schema()).unwrap();
    let labels = ["insult", "off_topic"].map(|label| table.schema().column(label).unwrap());
    let mut events = Vec::new();
    for row in table.by_ref().map(|row| row.unwrap().unwrap()) {
        let cell = |column| row.get(column).unwrap_or_default().into_owned();
        let scores = labels.iter().filter_map(|label| {
            let score: f64 = cell(label).parse().ok()?;
            Some((label.name().to_uppercase(), score))
        });
        let event = LabelEvent {
            text: cell(&columns.text),
            scores: scores.collect(),
            article: columns
                .article_id
                .as_ref()
                .map(|column| ArticleRef::Id(cell(column))),
            comment_id: columns.id.as_ref().map(cell),
            parent_id: columns
                .parent_id
                .as_ref()
                .map(cell)
                .filter(|id| !id.is_empty()),
            ..LabelEvent::default()
        };
        if !event.scores.is_empty() && !event.text.is_empty() {
            events.push(event);
        }
    }
    events
}

fn newsroom_articles() -> Vec<Article> {
    let articles =
        ombuds::data::ArticleStore::load("data/newsroom/articles.csv", &InputOptions::default());
    articles
        .unwrap()
        .iter()
        .map(|article| Article::clone(article))
        .collect()
}

#[test]
fn an_export_trains_a_model_with_articles_as_context() {
    let folder = tempfile::tempdir().unwrap();
    let [store, jsonl, model] =
        ["labels.db", "labels.jsonl", "model"].map(|name| folder.path().join(name));
    let events = newsroom_events();
    assert!(events.len() > 400);
    in_runtime(async {
        let store = Store::open(&store).await.unwrap();
        for article in newsroom_articles() {
            store.articles().put(&article).await.unwrap();
        }
        for call in events.chunks(100) {
            store.append_labels(call.to_vec()).await.unwrap();
        }
        store.close().await;
    });
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let exported = ombuds(&[
        "store",
        "export",
        "--store",
        &path(&store),
        "-o",
        &path(&jsonl),
    ])
    .success();
    let report = text(&exported.get_output().stderr);
    assert!(
        report.contains("28 articles") && report.contains("labels: "),
        "{report}"
    );
    let trained = ombuds(&[
        "train",
        "--data",
        &path(&jsonl),
        "--labels",
        "insult,off_topic",
        "--model",
        &path(&model),
        "--strict",
    ])
    .success();
    let figures = text(&trained.get_output().stdout) + &text(&trained.get_output().stderr);
    // As good as from the files themselves: .879 and .812 on a fifth of the articles (README).
    for (label, least) in [("insult", 0.80), ("off_topic", 0.70)] {
        let line = figures.lines().find(|line| line.starts_with(label));
        let roc_auc = line.and_then(|line| line.split_whitespace().nth(3)?.parse::<f64>().ok());
        assert!(roc_auc.is_some_and(|roc_auc| roc_auc > least), "{figures}");
    }
}

#[test]
fn kept_comments_are_deleted_when_they_are_old() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.db");
    let kept = || KeptComment {
        id: "c1".into(),
        text: "The tram is late".into(),
        ..KeptComment::default()
    };
    in_runtime(async {
        let store = Store::open(&path).await.unwrap();
        store.keep_comments(vec![kept()]).await.unwrap();
        store.close().await;
    });
    let prune = |days: &str| {
        let path = path.to_str().unwrap();
        let pruned = ombuds(&["store", "prune", "--store", path, "--days", days]).success();
        text(&pruned.get_output().stderr)
    };
    assert_eq!(prune("1"), "note: deleted 0 comments\n");
    assert_eq!(prune("0"), "note: deleted 1 comments\n");
}

const VICTIM_STORE: &str = "OMBUDS_TEST_VICTIM_STORE";

/// Runs in a process of its own, which is killed: appends labels from several tasks at once and prints the
/// token of each once it is acknowledged.
#[test]
#[ignore = "the child of `no_acknowledged_label_is_lost_in_a_kill`"]
fn victim() {
    let path = std::env::var(VICTIM_STORE).expect("set by the parent");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = Store::open(path).await.unwrap();
        let writers = (0..8).map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for call in 0.. {
                    let tokens =
                        [0, 1].map(|i| format!("{}-{writer}-{call}-{i}", std::process::id()));
                    let event = |token: &String| LabelEvent {
                        text: format!("comment of {token}"),
                        token: Some(token.clone()),
                        scores: vec![("TOXICITY".into(), 1.0)],
                        ..LabelEvent::default()
                    };
                    store
                        .append_labels(tokens.iter().map(event).collect())
                        .await
                        .unwrap();
                    let mut output = std::io::stdout().lock();
                    writeln!(output, "acknowledged {} {}", tokens[0], tokens[1]).unwrap();
                    output.flush().unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

#[test]
fn no_acknowledged_label_is_lost_in_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.db");
    let mut acknowledged = HashSet::new();
    for round in 0..3 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::victim", "--ignored", "--nocapture"])
            .env(VICTIM_STORE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let mut n_calls = 0;
        // A last line cut short was not acknowledged.
        for line in lines.map_while(Result::ok) {
            if let Some((_, tokens)) = line.split_once("acknowledged ")
                && let Some((one, two)) = tokens.split_once(' ')
                && two.ends_with("-1")
            {
                acknowledged.extend([one.to_owned(), two.to_owned()]);
                n_calls += 1;
            }
            if n_calls == 200 + 37 * round {
                // SIGKILL; what it printed before is still read.
                victim.kill().unwrap();
            }
        }
        assert!(!victim.wait().unwrap().success());
        assert!(n_calls >= 200, "{n_calls}");
        let exported = in_runtime(async {
            let store = Store::open(&path).await.unwrap();
            let mut jsonl = Vec::new();
            store.export(&mut jsonl).await.unwrap();
            store.close().await;
            text(&jsonl)
        });
        let tokens: HashSet<String> = exported
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        let n_lost = acknowledged.difference(&tokens).count();
        assert_eq!(n_lost, 0, "of {}", acknowledged.len());
        let halves = tokens.iter().filter(|token| {
            let twin = token
                .rsplit_once('-')
                .map(|(call, i)| format!("{call}-{}", i32::from(i == "0")));
            !tokens.contains(&twin.unwrap())
        });
        assert_eq!(halves.count(), 0, "a call is kept whole or not at all");
    }
}

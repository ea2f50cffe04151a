use ombuds::comment::{Article, Comment};
use ombuds::model::Model;

use crate::bench::{Cluster, archive, argument, print, rows};

const N_FILES: usize = 3;
const N_ROWS: usize = 60;
const ARTICLE: &str = "Wexcombe votes to close its high street to cars";

/// Every score of a query is the library's, bit by bit; null where there is no text.
fn check(printed: &str) {
    let model = Model::embedded();
    let mut scorer = model.scorer();
    let article = Article::from_text(ARTICLE);
    let mut lines = printed
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    for row in rows(0, N_FILES * N_ROWS) {
        let line = lines.next().unwrap();
        assert_eq!(line["id"], row.id);
        let Some(text) = &row.text else {
            assert!(
                line.get("insult").is_none() && line.get("off").is_none(),
                "{line}"
            );
            continue;
        };
        let scores: Vec<f64> = scorer
            .score(&Comment::from_text(text))
            .probabilities()
            .collect();
        let insult = scores[model.label_idx("insult").unwrap()];
        assert_eq!(line["insult"].as_f64().unwrap().to_bits(), insult.to_bits());
        let comment = Comment {
            article: Some(&article),
            ..Comment::from_text(text)
        };
        let scores: Vec<f64> = scorer.score(&comment).probabilities().collect();
        let off = scores[model.label_idx("off_topic").unwrap()];
        let told = line.get("off").and_then(serde_json::Value::as_f64);
        assert_eq!(
            told.map(f64::to_bits),
            (!off.is_nan()).then_some(off.to_bits())
        );
    }
    assert!(lines.next().is_none());
}

#[test]
fn scores_are_the_librarys_here_and_on_a_cluster() {
    let folder = archive(N_FILES, N_ROWS);
    let table = format!("t={}", argument(folder.path()));
    let query = format!(
        "SELECT id, insult(text) AS insult, off_topic(text, '{ARTICLE}') AS off FROM t ORDER BY id"
    );
    let arguments = ["sql", &query, "--table", &table, "--format", "jsonl"];
    check(&print(&arguments));
    let cluster = Cluster::of(2);
    let url = cluster.url();
    check(&print(&[&arguments[..], &["--scheduler", &url]].concat()));
}

#[test]
fn hostile_text_is_shown_not_obeyed() {
    let printed = print(&["sql", "SELECT 'a' || chr(27) || '[2J' AS text"]);
    assert_eq!(printed, "text\na\\u{1b}[2J\n");
}

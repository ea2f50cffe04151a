//! The commands on real labelled data as it stands, with no editing.
//!
//! `OMBUDS_CORPORA` names the folder of the corpora; unset, these tests say so and pass. The real page
//! is looked for beside that folder, in `pages`. Nothing of either is part of the project.

#![allow(clippy::print_stderr)] // a test that is skipped says so

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The folder of the corpora, unless this machine has none.
fn corpora() -> Option<PathBuf> {
    let folder = std::env::var_os("OMBUDS_CORPORA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: OMBUDS_CORPORA is not set");
    }
    folder
}

/// The real page beside the corpora, unless this machine has none.
pub(crate) fn real_page() -> Option<PathBuf> {
    let pages = fs::read_dir(corpora()?.with_file_name("pages"));
    let page = pages
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "txt"));
    if page.is_none() {
        eprintln!("skipped: no page beside the corpora");
    }
    page
}

/// Runs `ombuds`; its standard output.
fn ombuds<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ombuds"))
        .args(args)
        .output()
        .expect("runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Rows of a CSV text as maps from column to cell.
fn rows(csv: &str) -> Vec<std::collections::HashMap<String, String>> {
    csv::Reader::from_reader(csv.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("CSV")
}

/// The first `n` rows of a corpus as a file of their own.
fn head(corpus: &Path, n: usize, to: &Path) {
    let mut reader = csv::Reader::from_path(corpus).expect("opens");
    let mut writer = csv::Writer::from_path(to).expect("opens");
    writer
        .write_record(reader.headers().expect("header"))
        .unwrap();
    for record in reader.records().take(n) {
        writer.write_record(&record.expect("row")).unwrap();
    }
    writer.flush().unwrap();
}

/// Display names and texts of a copied page that ends in its comments: name, furniture, blank, text.
fn page_comments(page: &str) -> Vec<(String, String)> {
    let (_, comments) = page.split_once("Comments (").expect("comments");
    let lines: Vec<&str> = comments.lines().skip(1).collect();
    lines
        .chunks(4)
        .filter(|chunk| chunk.len() == 4)
        .map(|chunk| {
            (
                chunk[0].to_owned(),
                chunk[3].trim_end_matches('`').to_owned(),
            )
        })
        .collect()
}

#[test]
fn both_comments_of_the_real_page_are_flagged_with_reasons() {
    let Some(corpora) = corpora() else { return };
    let Some(page) = real_page() else { return };
    let desk = tempfile::tempdir().unwrap();
    let file = |name: &str| desk.path().join(name);
    let comments = page_comments(&fs::read_to_string(page).expect("page"));
    assert_eq!(comments.len(), 2);
    let mut writer = csv::Writer::from_path(file("page.csv")).unwrap();
    writer.write_record(["author", "text"]).unwrap();
    for (author, text) in &comments {
        writer.write_record([author, text]).unwrap();
    }
    writer.flush().unwrap();

    // Insults and the sarcasm of newspaper readers: each file labels what it has. The first comment
    // mocks without one rude word, and is found as that; as an insult it stays below the threshold.
    let news = corpora.join("unhealthy_conversations_val.csv");
    let talk = corpora.join("wikipedia_talk_multilabel.csv");
    let civil = corpora.join("civil_comments_spans.csv");
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/data/newsroom/comments.csv");
    let model = file("model");
    ombuds(&[
        "train".as_ref(),
        "--data".as_ref(),
        talk.as_os_str(),
        news.as_os_str(),
        civil.as_os_str(),
        ours.as_ref(),
        "--labels=insult,sarcastic".as_ref(),
        "--label-map=insult=insult_share".as_ref(),
        "--test-fraction=0".as_ref(),
        "--model".as_ref(),
        model.as_os_str(),
    ]);
    let flag = |path: &Path| {
        rows(&ombuds(&[
            "flag".as_ref(),
            "--model".as_ref(),
            model.as_os_str(),
            path.as_os_str(),
        ]))
    };
    let flagged = flag(&file("page.csv"));
    assert_eq!(flagged.len(), 2);
    for (row, (author, text)) in flagged.iter().zip(&comments) {
        assert_eq!((&row["author"], &row["text"]), (author, text));
        assert!(
            row["insult_flag"] == "1" || row["sarcastic_flag"] == "1",
            "{row:?}"
        );
        assert_ne!(row["decision"], "approve");
    }
    // What carries it: mock praise and scare quotes; the distorted word and the insulting name.
    assert!(
        flagged[0]["reasons"].contains("negated praise"),
        "{flagged:?}"
    );
    assert!(
        flagged[0]["reasons"].contains("words in quotation marks"),
        "{flagged:?}"
    );
    assert!(flagged[1]["reasons"].contains("dicktator"), "{flagged:?}");
    let mut nameless = csv::Writer::from_path(file("nameless.csv")).unwrap();
    nameless.write_record(["text"]).unwrap();
    nameless.write_record([&comments[1].1]).unwrap();
    nameless.flush().unwrap();
    let score = |row: &std::collections::HashMap<String, String>| {
        row["insult_score"].parse::<f64>().unwrap()
    };
    assert!(
        score(&flagged[1]) > score(&flag(&file("nameless.csv"))[0]),
        "{flagged:?}"
    );
    // And not because everything is.
    let all = flag(&news);
    let n_flagged = all.iter().filter(|row| row["insult_flag"] == "1").count();
    assert!(n_flagged * 5 < all.len(), "{n_flagged} of {}", all.len());
    let n_flagged = all
        .iter()
        .filter(|row| row["sarcastic_flag"] == "1")
        .count();
    assert!(n_flagged * 5 < all.len(), "{n_flagged} of {}", all.len());
}

#[test]
fn corpora_train_and_evaluate_through_the_same_commands() {
    let Some(corpora) = corpora() else { return };
    let desk = tempfile::tempdir().unwrap();
    // Corpus, label, its column, and a ROC AUC that a broken stage would not reach.
    for (name, label, column, least) in [
        (
            "social_commentary_insults_train.csv",
            "insult",
            "insult",
            0.87,
        ),
        ("wikipedia_talk_toxicity.csv", "toxicity", "toxic", 0.93),
        ("civil_comments_spans.csv", "insult", "insult_share", 0.65),
    ] {
        let data = desk.path().join(name);
        head(&corpora.join(name), 4000, &data);
        let model = desk.path().join("model");
        ombuds(&[
            "train".as_ref(),
            "--data".as_ref(),
            data.as_os_str(),
            format!("--labels={label}").as_ref(),
            format!("--label-map={label}={column}").as_ref(),
            "--model".as_ref(),
            model.as_os_str(),
        ]);
        let metrics = fs::read_to_string(model.join("metrics.json")).expect("written");
        let metrics: Value = serde_json::from_str(&metrics).expect("JSON");
        let roc_auc = metrics["labels"][0]["report"]["roc_auc"]["value"].as_f64();
        assert!(
            roc_auc.is_some_and(|found| found > least),
            "{name} {metrics}"
        );
        let json = desk.path().join("evaluation.json");
        ombuds(&[
            "evaluate".as_ref(),
            "--model".as_ref(),
            model.as_os_str(),
            "--data".as_ref(),
            data.as_os_str(),
            format!("--label-map={label}={column}").as_ref(),
            "--replicates=20".as_ref(),
            "--json".as_ref(),
            json.as_os_str(),
        ]);
        assert!(fs::metadata(json).expect("written").len() > 500);
    }
}

#[test]
fn every_corpus_is_imported_whole() {
    let Some(corpora) = corpora() else { return };
    let desk = tempfile::tempdir().unwrap();
    for (source, files, n_rows) in [
        (
            "one-million-posts",
            &["one_million_posts_de.csv"][..],
            11_773,
        ),
        ("jigsaw", &["wikipedia_talk_multilabel.csv"], 14_143),
        ("toxic-spans", &["civil_comments_spans.csv"], 13_972),
        ("impermium", &["social_commentary_insults_train.csv"], 3_873),
        ("unhealthy", &["unhealthy_conversations_val.csv"], 4_339),
        (
            "nyt-room-for-debate",
            &["nyt_room_for_debate_reasons.csv"],
            1_210,
        ),
        ("fnc1", &["fnc1_headlines.csv", "fnc1_bodies.csv"], 49_972),
        ("context-toxicity", &["wikipedia_parent_reply.csv"], 10_000),
        ("reddit-pairs", &["reddit_news_pairs.csv"], 19_867),
    ] {
        let output = desk.path().join(source);
        let mut args = vec![
            "data".into(),
            "import".into(),
            source.into(),
            "--strict".into(),
        ];
        args.extend(files.iter().map(|file| corpora.join(file).into_os_string()));
        args.extend(["-o".into(), output.clone().into_os_string()]);
        ombuds(&args);
        let rows = rows(&fs::read_to_string(output).expect("output"));
        assert_eq!(rows.len(), n_rows, "{source}");
        let empty = rows.iter().filter(|row| row["text"].trim().is_empty());
        assert_eq!(empty.count(), 0, "{source}");
    }
}

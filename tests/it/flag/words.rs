//! Words behind `off_topic`, in the reasons of both kinds of file.

use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};

use super::desk::{Desk, Run, cells};
use crate::newsroom::MODEL;

const TEXT: &str = "Buy cry\u{202e}pto now, \"wallet\" <b>open</b>, dear council!";

/// Runs with a model of `off_topic` whose flag is always set.
fn flag(desk: &Desk, args: &[&str]) -> Run {
    MODEL.write(&desk.path("model")).unwrap();
    let mut command = Command::new(cargo_bin("ombuds"));
    command.current_dir(desk.0.path()).args([
        "flag",
        "--model",
        "model",
        "--threshold",
        "off_topic=0",
    ]);
    Run::of(&command.args(args).output().unwrap()).ok()
}

#[test]
fn reasons_name_foreign_words_and_those_found() {
    let desk = Desk::new();
    desk.file(
        "articles.csv",
        "article_id,title\n1,Council to close harbour\n",
    );
    let cell = TEXT.replace('"', "\"\"");
    desk.file(
        "in.csv",
        format!("text,article_id\n\"{cell}\",1\nI have no context at all today,\n"),
    );
    let run = flag(&desk, &["in.csv", "--articles", "articles.csv"]);
    let rows = cells(&run.stdout);
    let reasons = &rows[0]["reasons"];
    assert!(
        reasons.contains("; off_topic ") || reasons.starts_with("off_topic "),
        "{reasons}"
    );
    assert!(
        reasons.contains(": foreign to the article: \""),
        "{reasons}"
    );
    assert!(reasons.contains("; found: \"council\""), "{reasons}");
    assert!(!reasons.contains('\u{202e}'), "{reasons:?}");
    assert!(
        !rows[1]["reasons"].contains("foreign"),
        "{}",
        rows[1]["reasons"]
    );
}

#[test]
fn jsonl_has_the_places_of_the_words() {
    let desk = Desk::new();
    let row = json!({"text": TEXT, "parent_text": "Council to close harbour"});
    desk.file("in.jsonl", format!("{row}\n"));
    let run = flag(&desk, &["in.jsonl"]);
    let row: Value = serde_json::from_str(run.stdout.trim_end()).unwrap();
    let spans = row["reason_spans"].as_array().unwrap();
    let words = spans.iter().filter(|span| span.get("relation").is_some());
    for span in words.clone() {
        let at = |end: &str| span[end].as_u64().unwrap() as usize;
        assert_eq!(span["text"], TEXT[at("start")..at("end")]);
        assert_eq!(
            (&span["label"], &span["field"]),
            (&json!("off_topic"), &json!("text"))
        );
        assert!(span.get("contribution").is_none(), "{span}");
    }
    let brief: Vec<String> = words
        .map(|span| format!("{} {} {}", span["relation"], span["text"], span["in"]))
        .collect();
    assert!(
        brief.contains(&"\"found\" \"council\" \"parent\"".to_owned()),
        "{brief:?}"
    );
    assert!(
        brief.contains(&"\"foreign\" \"wallet\" null".to_owned()),
        "{brief:?}"
    );
}

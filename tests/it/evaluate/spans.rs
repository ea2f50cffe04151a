//! `ombuds evaluate --spans`: reasons against what raters marked.

use serde_json::Value;

use super::desk::{Desk, assert_has};

#[test]
fn reasons_are_compared_with_raters_marks() {
    let desk = Desk::new();
    // Both raters of 1 mark `idiot`, one of three of 2 marks a word, and nobody marks 3. Characters, not bytes:
    // the é stands before the word.
    desk.file(
        "comments.csv",
        "comment_id,text,n_raters\n1,é you are an idiot,2\n2,a fine article today,3\n3,thanks for this sir,3\n",
    );
    desk.file(
        "spans.csv",
        "comment_id,annotation,type,start,end\n1,7,Insult,13,18\n1,8,Insult,13,18\n2,9,Insult,2,6\n",
    );
    let args = [
        "evaluate",
        "--model",
        "model",
        "--labels",
        "insult",
        "--data",
        "comments.csv",
        "--spans",
        "spans.csv",
        "--json",
        "spans.json",
    ];
    let text = desk.ok(&args);
    assert_has(
        &text,
        &["spans of insult, flagged from", "unmarked", "66.7 %"],
    );
    let report: Value =
        serde_json::from_slice(&std::fs::read(desk.path("spans.json")).unwrap()).unwrap();
    let all = &report["parts"][0];
    // The lexicon has idiot and no word of the others.
    assert_eq!(
        (&all["n"], &all["lexicon"]["value"]),
        (&3.into(), &1.0.into())
    );
    // Of the two without marks it marks none; whether it marks `idiot` is its own affair.
    assert!(all["model"]["value"].as_f64().unwrap() > 0.66, "{all}");
}

#[test]
fn what_is_missing_or_no_number_is_told() {
    let desk = Desk::new();
    desk.file(
        "comments.csv",
        "comment_id,text,n_raters\n1,you are an idiot,2\n",
    );
    desk.file(
        "spans.csv",
        "comment_id,annotation,start,end\n1,7,eleven,16\n",
    );
    let args = [
        "evaluate",
        "--model",
        "model",
        "--labels",
        "insult",
        "--data",
        "comments.csv",
        "--spans",
        "spans.csv",
    ];
    assert_has(
        &desk.refused(&args),
        &["spans.csv", "`start`: `eleven` is not a whole number"],
    );
    desk.file("spans.csv", "comment_id,annotation,start\n1,7,11\n");
    assert_has(&desk.refused(&args), &["`end`"]);
    let no_label = [
        "evaluate",
        "--model",
        "model",
        "--data",
        "comments.csv",
        "--spans",
        "spans.csv",
    ];
    assert_has(
        &desk.refused(&no_label),
        &["no label `toxicity`", "insult, spam"],
    );
}

//! `ombuds evaluate --compare`: two models on the same comments.

use std::fs;

use serde_json::Value;

use super::desk::{Desk, assert_has, model};

const COMPARE: [&str; 6] = [
    "evaluate",
    "--data",
    "held_out.csv",
    "--compare",
    "model",
    "other",
];

#[test]
fn a_model_does_not_differ_from_itself_and_labels_of_one_are_left_out() {
    let desk = Desk::new();
    desk.held_out();
    model(&["insult"]).write(&desk.path("other")).unwrap();
    let mut args = COMPARE.to_vec();
    args.extend(["--json", "compare.json"]);
    let text = desk.ok(&args);
    assert_has(
        &text,
        &[
            "A: model, model ",
            "B: other, model ",
            "held_out.csv: 60 comments",
            "insult: ",
            "ROC AUC",
            "McNemar, exact",
            "paired resampling of 10 articles or threads",
        ],
    );
    let json: Value =
        serde_json::from_slice(&fs::read(desk.path("compare.json")).unwrap()).unwrap();
    let labels = json["labels"].as_array().unwrap();
    assert_eq!(labels.len(), 1, "spam has no column and only one model");
    let report = &labels[0]["report"];
    assert_eq!(report["n"], 60);
    let difference = report["roc_auc"]["difference"]["value"].as_f64().unwrap();
    let [a, b] = ["a", "b"].map(|of| report["roc_auc"][of].as_f64().unwrap());
    assert!((b - a - difference).abs() < 1e-12);
}

#[test]
fn the_same_model_twice_differs_in_nothing() {
    let desk = Desk::new();
    desk.held_out();
    let args = [
        "evaluate",
        "--data",
        "held_out.csv",
        "--compare",
        "model",
        "model",
    ];
    assert_has(
        &desk.ok(&args),
        &["The same model", "all             0  0  1.000"],
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let desk = Desk::new();
    desk.held_out();
    model(&["spam"]).write(&desk.path("other")).unwrap();
    model(&["threat"]).write(&desk.path("third")).unwrap();
    let refused = |args: &[&str], says: &str| assert_has(&desk.refused(args), &[says]);
    let third = [
        "evaluate",
        "--data",
        "held_out.csv",
        "--compare",
        "model",
        "third",
    ];
    refused(&third, "no label in common");
    refused(
        &["evaluate", "--data", "-", "--compare", "model", "other"],
        "twice",
    );
    refused(&COMPARE, "`spam`");
}

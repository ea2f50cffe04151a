//! Functional tests, attacks and identity terms, put to the model built in.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::evaluate::desk::{Desk, assert_has, stderr, stdout};

fn cases() -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    tests.display().to_string()
}

#[test]
fn the_model_built_in_stands_the_tests() {
    let desk = Desk::new();
    let comments = "text,insult\nYou are an idiot.,1\nWhat a pathetic moron he is!,1\nHe wrote an article.,1\n\
                    Thank you for this careful report.,0\nThe council meets on Monday.,0\n,0\n";
    desk.file("few.csv", comments);
    let args = [
        "evaluate",
        "--robustness",
        &cases(),
        "--data",
        "few.csv",
        "--json",
        "report.json",
    ];
    let output = desk.run(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert_has(
        &text,
        &[
            "negated_insult",
            "hidden_leet",
            "weakest: ",
            "mixed ",
            "Muslim ",
        ],
    );
    assert_has(&text, &["threat: 116 cases, "]);

    let report: Value =
        serde_json::from_slice(&fs::read(desk.path("report.json")).unwrap()).unwrap();
    let insult = &report["functional"]["labels"][0];
    assert_eq!(
        (&insult["label"], &insult["n"]),
        (&"insult".into(), &1603.into())
    );
    let at_least = |figure: &Value, least: f64| {
        assert!(figure.as_f64().unwrap() >= least, "{figure} < {least}");
    };
    // Loose: a model that has unlearnt something, not one that is a little worse.
    at_least(&insult["roc_auc"], 0.7);
    assert_eq!(
        report["functional"]["functions"].as_array().unwrap().len(),
        86
    );

    let attacks = &report["attacks"];
    assert_eq!(
        (&attacks["recall"]["n"], &attacks["recall"]["of"]),
        (&2.into(), &3.into())
    );
    let rows = attacks["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 45);
    let leet = rows
        .iter()
        .find(|row| row["attack"] == "leet" && row["strength"] == "medium")
        .unwrap();
    assert_eq!(leet["with_recovery"]["kept"]["n"], 2, "{leet}");

    let bias = &report["bias"];
    assert_eq!(bias["terms"].as_array().unwrap().len(), 79);
    at_least(&bias["roc_auc"], 0.7);
    for term in bias["terms"].as_array().unwrap() {
        for area in ["subgroup_auc", "bpsn_auc", "bnsp_auc"] {
            at_least(&term[area], 0.5);
        }
        assert_eq!(term["civil_in_top"]["of"], 25, "{term}");
    }
}

#[test]
fn another_label_may_answer_and_what_is_missing_is_said() {
    let desk = Desk::new();
    let run = |more: &[&str]| {
        let args = ["evaluate", "--model", "model", "--replicates", "0"];
        desk.run(&[&args[..], more].concat())
    };
    let output = run(&["--robustness", &cases(), "--labels", "spam"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_has(&stdout(&output), &["spam flagged from "]);
    for (more, message) in [
        (
            &["--robustness", "model"][..],
            "holds neither functional/*.csv nor bias/templates.csv",
        ),
        (
            &["--robustness", "model", "--labels", "toxic"],
            "the model has no label `toxic`",
        ),
        (
            &["--robustness", "model", "--mispairing"],
            "cannot be used with",
        ),
    ] {
        let output = run(more);
        assert_eq!(output.status.code(), Some(2));
        assert_has(&stderr(&output), &[message]);
    }
}

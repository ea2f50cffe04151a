//! `ombuds evaluate`, `tune` and `model` end to end, with a model of ninety rows.

mod compare;
pub(crate) mod desk;
mod model;
mod page;
mod spans;
mod tune;

use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

use desk::{Desk, EVALUATE, assert_has, stderr, stdout, with};

#[test]
fn a_report_has_figures_words_and_json() {
    let desk = Desk::new();
    desk.held_out();
    let more = [
        "--at-recall",
        "0.5",
        "--at-precision",
        "0.7",
        "--json",
        "report.json",
    ];
    let text = desk.ok(&with(&EVALUATE, &more));
    assert_has(
        &text,
        &[
            "held_out.csv: 60 comments\n",
            "label   rows  positives ",
            "resampling 10 articles or threads",
            "precision 0.7",
            "recall 0.5",
            "← review",
        ],
    );
    let report: Value =
        serde_json::from_slice(&fs::read(desk.path("report.json")).unwrap()).unwrap();
    assert_eq!(report["data"][0]["rows"], 60);
    assert_eq!(
        report["labels"].as_array().unwrap().len(),
        1,
        "spam has no column"
    );
    let insult = &report["labels"][0];
    assert_eq!(
        (&insult["label"], &insult["n_units"]),
        (&"insult".into(), &10.into())
    );
    let auc = &insult["report"]["roc_auc"];
    let value = auc["value"].as_f64().unwrap();
    assert!(value > 0.7 && value < 1.0, "{auc}");
    assert!(auc["interval"]["lower"].as_f64().unwrap() < value, "{auc}");
}

#[test]
fn json_on_standard_output_stands_alone_and_is_the_same_on_any_number_of_threads() {
    let desk = Desk::new();
    desk.held_out();
    let run = |n_threads: &str| {
        let mut command = Command::new(cargo_bin!("ombuds"));
        command
            .current_dir(desk.path(""))
            .env("RAYON_NUM_THREADS", n_threads);
        command
            .args(with(&EVALUATE, &["--json", "-"]))
            .output()
            .unwrap()
            .stdout
    };
    let report = run("1");
    assert!(serde_json::from_slice::<Value>(&report).is_ok());
    assert!(report == run("3"));
}

#[test]
fn a_gate_decides_the_exit_status() {
    let desk = Desk::new();
    desk.held_out();
    let gate = |gate: &str| desk.run(&with(&EVALUATE, &["--replicates", "0", "--gate", gate]));
    assert_eq!(gate("insult.roc_auc=0.5").status.code(), Some(0));
    let failed = gate("insult.brier=0.001");
    assert_eq!(failed.status.code(), Some(1));
    assert_has(&stderr(&failed), &["gate failed: insult.brier is 0."]);
    assert_eq!(gate("threat.f1=0.1").status.code(), Some(2));
    assert_eq!(gate("insult.auc=0.1").status.code(), Some(2));
}

#[test]
fn shares_are_soft_labels_and_unknown_cells_are_left_out() {
    let desk = Desk::new();
    desk.file(
        "a.csv",
        "text,share\nan idiot,0.75\nfine,0\nwhatever,\nidiot,1\nhm,oops\n",
    );
    let args = [
        "evaluate",
        "--model",
        "model",
        "--data",
        "a.csv",
        "--label-map",
        "insult=share",
    ];
    let output = desk.run(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_has(
        &stdout(&output),
        &[
            "a.csv: 4 comments, 1 bad ones left out",
            "insult: 1.8 of 3 comments",
        ],
    );
    assert_has(
        &stderr(&output),
        &["`oops` is not 0/1, true/false or a share"],
    );
}

#[test]
fn a_label_map_says_for_each_file_which_column_serves() {
    let desk = Desk::new();
    desk.file("a.csv", "text,share\nan idiot,1\nfine,0\n");
    desk.file("b.csv", "text,insult\nan idiot,1\nfine,0\n");
    let args = ["--data", "a.csv", "b.csv", "--label-map", "insult=share"];
    let run = |more: &[&str]| {
        let output = desk.run(&with(&["evaluate", "--model", "model"], more));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stderr(&output)
    };
    assert_has(
        &run(&args),
        &[
            "note: a.csv: `insult` from `share`\n",
            "note: b.csv: `insult` from `insult`, there is no `share`\n",
        ],
    );
    assert!(!run(&["--data", "b.csv"]).contains("from"));
}

#[test]
fn labels_without_a_column_are_skipped_or_refused() {
    let desk = Desk::new();
    desk.held_out();
    desk.file("none.csv", "text,insults\nhello,0\n");
    desk.file("empty.csv", "text,insult\n");
    let evaluate = |more| with(&["evaluate", "--model", "model"], more);
    desk.file("blank.csv", "text,insult,spam\nan idiot,1,\nfine,0,\n");
    for (args, about_spam, more) in [
        (
            &["--data", "held_out.csv", "none.csv"][..],
            "note: no column for label `spam`; left out",
            &["none.csv: no column for any label"][..],
        ),
        (
            &["--data", "blank.csv"],
            "note: no row is labelled for `spam`; left out",
            &[],
        ),
    ] {
        let output = desk.run(&evaluate(args));
        assert_eq!(output.status.code(), Some(0));
        let notes = stderr(&output);
        assert_has(&notes, more);
        let notes: Vec<&str> = notes.lines().filter(|line| line.contains("spam")).collect();
        assert_eq!(notes, [about_spam]);
    }
    for (args, parts) in [
        (
            &["--data", "none.csv"][..],
            &["did you mean `insults`?", "its columns are text, insults"][..],
        ),
        (
            &["--data", "held_out.csv", "--labels", "insult,spam"],
            &["no column for label `spam`"],
        ),
        (
            &["--data", "held_out.csv", "--labels", "threat"],
            &["no label `threat`", "insult, spam"],
        ),
        (&["--data", "empty.csv"], &["no row is labelled"]),
    ] {
        assert_has(&desk.refused(&evaluate(args)), parts);
    }
}

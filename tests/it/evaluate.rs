//! `ombuds evaluate`, `tune` and `model` end to end, with a model of ninety rows.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use ombuds::model::{Model, Provenance};
use ombuds::text::TextTables;
use ombuds::train::{Features, TrainOptions, TrainRow, TrainingSet, fit, groups};
use serde_json::Value;

/// Learns `insult` from the word idiot, and `spam` from the word gold, if asked for.
fn model(labels: &[&str]) -> Model {
    let texts = [
        "you are an idiot",
        "a fine article",
        "buy gold now",
        "thanks for this",
        "such an idiot",
    ];
    let row = |i: usize| {
        let text = format!("{} {}", texts[i % 5], ["today", "again", "sir"][i % 3]);
        let share = |label: &&str| {
            let word = if *label == "insult" { "idiot" } else { "gold" };
            Some(f32::from(u8::from(text.contains(word))))
        };
        TrainRow {
            shares: labels.iter().map(share).collect(),
            group: Some(format!("g{}", i / 6)),
            text,
            ..TrainRow::default()
        }
    };
    let set = TrainingSet {
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        rows: (0..90).map(row).collect(),
        articles: Vec::new(),
    };
    let options = TrainOptions {
        bits: 14,
        ..TrainOptions::default()
    };
    let features = Features::extract(&set, &TextTables::shipped(), options.bits, &());
    let provenance = Provenance {
        program: "ombuds test".to_owned(),
        ..Provenance::default()
    };
    let rows: Vec<usize> = (0..90).collect();
    fit(
        &set,
        &features,
        &groups(&set),
        &rows,
        None,
        provenance,
        &options,
        &(),
    )
    .unwrap()
}

/// A folder of its own for each test, with a model in it.
pub(crate) struct Desk(tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        model(&["insult", "spam"])
            .write(&desk.path("model"))
            .unwrap();
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Sixty labelled comments on ten articles; every eighth label is wrong.
    fn held_out(&self) {
        let mut csv = "id,article_id,text,insult\n".to_owned();
        for i in 0..60 {
            let is_insult = i % 3 == 0;
            let text = if is_insult {
                "what an idiot you are"
            } else {
                "a fine piece"
            };
            let label = u8::from(is_insult != (i % 8 == 7));
            let _ = writeln!(csv, "{i},a{},{text} {i},{label}", i / 6);
        }
        self.file("held_out.csv", &csv);
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(cargo_bin!("ombuds"));
        command
            .current_dir(self.0.path())
            .env_remove("OMBUDS_MODEL");
        command.args(args).output().unwrap()
    }

    /// Standard output of a run that must end with status 0.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    }

    /// Standard error of a run that must end with status 2.
    pub(crate) fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        stderr(&output)
    }

    fn policy(&self) -> String {
        fs::read_to_string(self.path("model").join("config.toml")).unwrap()
    }
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

const EVALUATE: [&str; 5] = ["evaluate", "--model", "model", "--data", "held_out.csv"];
const TUNE: [&str; 7] = [
    "tune",
    "--model",
    "model",
    "--data",
    "held_out.csv",
    "--label",
    "insult",
];

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [args, more].concat()
}

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
            .current_dir(desk.0.path())
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
fn labels_without_a_column_are_skipped_or_refused() {
    let desk = Desk::new();
    desk.held_out();
    desk.file("none.csv", "text,insults\nhello,0\n");
    desk.file("empty.csv", "text,insult\n");
    let evaluate = |more| with(&["evaluate", "--model", "model"], more);
    let output = desk.run(&evaluate(&["--data", "held_out.csv", "none.csv"][..]));
    assert_eq!(output.status.code(), Some(0));
    let notes = [
        "no row is labelled for `spam`; left out",
        "none.csv: no column for any label",
    ];
    assert_has(&stderr(&output), &notes);
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

#[test]
fn tune_reaches_a_recall_and_keeps_the_bands_in_order() {
    let desk = Desk::new();
    desk.held_out();
    let before = desk.policy();
    let dry = desk.ok(&with(&TUNE, &["--target-recall", "1", "--dry-run"]));
    assert_has(&dry, &["flag    before", "after", "queue per 1,000"]);
    assert_eq!(desk.policy(), before, "a dry run writes nothing");
    desk.ok(&with(&TUNE, &["--target-recall", "1"]));
    let model = Model::read(&desk.path("model")).unwrap();
    assert!(model.policy()[0].is_valid());
    let gate = ["--replicates", "0", "--gate", "insult.recall=1"];
    desk.ok(&with(&EVALUATE, &gate));
}

#[test]
fn tune_fits_the_queue_to_the_reviewers() {
    let desk = Desk::new();
    desk.held_out();
    let queue = ["--reviews-per-day", "50", "--comments-per-day", "120"];
    let text = desk.ok(&with(&TUNE, &queue));
    assert_has(&text, &["a day"]);
    let model = Model::read(&desk.path("model")).unwrap();
    let mut scorer = model.scorer();
    let held_out = fs::read_to_string(desk.path("held_out.csv")).unwrap();
    let review = model.policy()[0].review;
    let texts = held_out
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(2).unwrap());
    let scores = texts.map(|text| {
        scorer
            .score(&ombuds::comment::Comment::from_text(text))
            .probabilities()
            .next()
            .unwrap()
    });
    let n_reviews = scores.filter(|&score| score >= review).count();
    assert!((1..=25).contains(&n_reviews), "{n_reviews} of 60");
}

#[test]
fn tune_refuses_what_cannot_be_and_says_what_can() {
    let desk = Desk::new();
    desk.held_out();
    let before = desk.policy();
    for (more, parts) in [
        (
            &["--target-precision", "0.99"][..],
            &[
                "a precision of 0.99 is not reached",
                "the highest there is 0.",
            ][..],
        ),
        (&["--target-precision", "1.5"], &["above 0 and at most 1"]),
        (&["--reviews-per-day", "5"], &["--comments-per-day"]),
        (&[], &["--target-precision"]),
    ] {
        assert_has(&desk.refused(&with(&TUNE, more)), parts);
    }
    let built_in = [
        "tune",
        "--data",
        "held_out.csv",
        "--label",
        "insult",
        "--target-recall",
        "1",
    ];
    assert_has(&desk.refused(&built_in), &["ombuds model export DIR"]);
    assert_eq!(desk.policy(), before);
}

#[test]
fn show_and_card_tell_what_is_inside() {
    let desk = Desk::new();
    let hash = Model::read(&desk.path("model")).unwrap().hash().to_owned();
    let shown = desk.ok(&["model", "show", "model"]);
    assert_has(
        &shown,
        &[
            &hash,
            "labels: insult, spam",
            "ombuds test",
            "of 16,384",
            "(intercept)",
        ],
    );
    let card = desk.ok(&["model", "card", "model"]);
    assert_has(
        &card,
        &[
            "# Model card: `insult`, `spam`",
            "Uses to avoid",
            "Not measured yet",
        ],
    );
    desk.held_out();
    desk.ok(&with(&EVALUATE, &["--json", "model/metrics.json"]));
    assert_has(
        &desk.ok(&["model", "card", "model"]),
        &[
            "All labelled comments of held_out.csv.",
            "| `insult` | 60 |",
        ],
    );
    let missing = desk.refused(&["model", "show", "nowhere"]);
    assert_has(&missing, &["nowhere: no model here"]);
}

#[test]
fn tuning_renews_the_card() {
    let desk = Desk::new();
    desk.held_out();
    desk.file("model/MODEL_CARD.md", "old");
    desk.ok(&with(&TUNE, &["--target-recall", "1"]));
    let card = fs::read_to_string(desk.path("model/MODEL_CARD.md")).unwrap();
    assert_eq!(card, desk.ok(&["model", "card", "model"]));
}

#[test]
fn diff_tells_what_changed_and_which_decisions() {
    let desk = Desk::new();
    desk.held_out();
    let mut other = model(&["insult"]);
    let lenient = ombuds::policy::OperatingPoint {
        flag: 1.0,
        review: 1.0,
        reject: None,
    };
    other.set_policy(0, lenient);
    other.write(&desk.path("other")).unwrap();
    let diff = desk.ok(&["model", "diff", "model", "other", "--data", "held_out.csv"]);
    assert_has(
        &diff,
        &[
            "Labels removed: spam",
            "Thresholds\n",
            "insult  before",
            "of 60 comments change",
            "→ approve",
        ],
    );
    let same = desk.ok(&["model", "diff", "model", "model"]);
    assert_has(
        &same,
        &[
            "The same model",
            "Thresholds: the same",
            "Data and settings: the same",
        ],
    );
}

#[cfg(feature = "default-model")]
#[test]
fn the_built_in_model_can_be_copied_and_changed() {
    let desk = Desk::new();
    desk.held_out();
    desk.ok(&["model", "export", "mine"]);
    assert_eq!(
        Model::read(&desk.path("mine")).unwrap().hash(),
        Model::embedded().hash()
    );
    assert!(desk.path("mine/MODEL_CARD.md").exists() && desk.path("mine/metrics.json").exists());
    assert_eq!(
        desk.ok(&["model", "card"]),
        desk.ok(&["model", "card", "mine"])
    );
    assert_has(
        &desk.refused(&["model", "export", "mine"]),
        &["has a model already", "--overwrite"],
    );
    let goal = [
        "--data",
        "held_out.csv",
        "--label",
        "insult",
        "--target-recall",
        "1",
    ];
    desk.ok(&with(&["tune", "--model", "mine"], &goal));
    desk.ok(&["model", "export", "mine", "--overwrite"]);
}

#[cfg(not(feature = "default-model"))]
#[test]
fn without_a_built_in_model_one_must_be_named() {
    let desk = Desk::new();
    assert_has(
        &desk.refused(&["model", "export", "mine"]),
        &["no default model"],
    );
    assert!(!desk.path("mine").exists());
}

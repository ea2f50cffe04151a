//! A folder to run the program in, a model of ninety rows and a file of held-out comments.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use ombuds::model::{Model, Provenance};
use ombuds::text::TextTables;
use ombuds::train::{Features, TrainOptions, TrainRow, TrainingSet, fit, groups};

/// Learns `insult` from the word idiot, and `spam` from the word gold, if asked for.
pub(super) fn model(labels: &[&str]) -> Model {
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
        ..TrainingSet::default()
    };
    let provenance = Provenance {
        program: "ombuds test".to_owned(),
        ..Provenance::default()
    };
    train_small(&set, provenance)
}

/// A model of few buckets on all rows.
pub(crate) fn train_small(set: &TrainingSet, provenance: Provenance) -> Model {
    let options = TrainOptions {
        bits: 14,
        ..TrainOptions::default()
    };
    let tables = TextTables::shipped();
    let features = Features::extract(
        set,
        &tables,
        &std::sync::Arc::default(),
        options.bits,
        &ombuds::linear::stored::Room::Memory,
        &(),
    )
    .unwrap();
    let rows: Vec<usize> = (0..set.rows.len()).collect();
    fit(
        set,
        &features,
        &groups(set).unwrap(),
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
    pub(super) fn held_out(&self) {
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

    pub(super) fn policy(&self) -> String {
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

pub(super) const EVALUATE: [&str; 5] = ["evaluate", "--model", "model", "--data", "held_out.csv"];

/// One list of arguments after another.
pub(super) fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [args, more].concat()
}

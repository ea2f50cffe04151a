//! A folder to run `ombuds flag` in, and a model of ninety rows.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use crate::evaluate::desk::train_small;
use assert_cmd::cargo::cargo_bin;
use ombuds::model::Provenance;
use ombuds::train::{TrainRow, TrainingSet};

/// A model with the labels `insult` (by the word idiot) and `spam` (by the word gold).
pub(crate) static MODEL: LazyLock<PathBuf> = LazyLock::new(|| {
    let texts = [
        "you are an idiot",
        "a fine article",
        "buy gold now",
        "thanks for this",
        "such an idiot",
        "gold is cheap",
    ];
    let ends = ["today", "again", "really", "here", "sir"];
    let row = |i: usize| {
        let text = format!("{} {}", texts[i % 6], ends[i % 5]);
        let share = |word: &str| Some(f32::from(u8::from(text.contains(word))));
        TrainRow {
            shares: vec![share("idiot"), share("gold")],
            group: Some(format!("g{}", i / 6)),
            text,
            ..TrainRow::default()
        }
    };
    let set = TrainingSet {
        labels: vec!["insult".to_owned(), "spam".to_owned()],
        rows: (0..90).map(row).collect(),
        articles: Vec::new(),
        ..TrainingSet::default()
    };
    let provenance = Provenance {
        languages: [("eng".to_owned(), 1.0)].into(),
        ..Provenance::default()
    };
    let model = train_small(&set, provenance);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("flag-model");
    model.write(&folder).unwrap();
    folder
});

/// A folder of its own for each test.
pub(crate) struct Desk(pub(crate) tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// `ombuds flag` in this folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("ombuds"));
        command
            .current_dir(self.0.path())
            .arg("flag")
            .arg("--model")
            .arg(&*MODEL)
            .args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(&self.command(args).stdin(Stdio::null()).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, args: &[&str], input: &[u8]) -> Run {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Run::of(&child.wait_with_output().unwrap())
    }
}

pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 0, "{}", self.stderr);
        self
    }
}

/// A CSV text as rows of (column, cell).
pub(crate) fn cells(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

pub(crate) fn column(text: &str, name: &str) -> Vec<String> {
    cells(text).iter().map(|row| row[name].clone()).collect()
}

pub(crate) const COMMENTS: &str = "id,text,mood
1,you are an idiot,angry
2,a fine article,
3,\"gold, gold;
buy \"\"gold\"\"\",x
4,,
5,thanks for this,calm
";

/// Comments of many kinds, enough for several batches.
pub(crate) fn many_comments(n_rows: usize) -> String {
    let mut text = "id,author,text\n".to_owned();
    let texts = [
        "you are an idiot",
        "a fine article",
        "buy gold now",
        "",
        "Das ist ein sehr guter Artikel",
        "1d10t",
    ];
    for i in 0..n_rows {
        let repeated = vec![texts[i % 6]; i % 5 + 1].join(" ");
        writeln!(text, "{i},Name {},{repeated} {i}", i % 7).unwrap();
        if i % 1000 == 999 {
            text.push_str("a,bad,row,here\n");
        }
    }
    text
}

//! `ombuds flag` end to end, with a model of ninety rows.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use assert_cmd::cargo::cargo_bin;
use ombuds::model::Provenance;
use ombuds::text::TextTables;
use ombuds::train::{Features, TrainOptions, TrainRow, TrainingSet, fit, groups};
use serde_json::Value;

/// A model with the labels `insult` (by the word idiot) and `spam` (by the word gold).
static MODEL: LazyLock<PathBuf> = LazyLock::new(|| {
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
    };
    let options = TrainOptions {
        bits: 14,
        ..TrainOptions::default()
    };
    let features = Features::extract(&set, &TextTables::shipped(), options.bits, &());
    let provenance = Provenance {
        languages: [("eng".to_owned(), 1.0)].into(),
        ..Provenance::default()
    };
    let rows: Vec<usize> = (0..90).collect();
    let model = fit(
        &set,
        &features,
        &groups(&set),
        &rows,
        None,
        provenance,
        &options,
        &(),
    )
    .unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("flag-model");
    model.write(&folder).unwrap();
    folder
});

/// A folder of its own for each test.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// `ombuds flag` in this folder.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("ombuds"));
        command
            .current_dir(self.0.path())
            .arg("flag")
            .arg("--model")
            .arg(&*MODEL)
            .args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Run {
        Run::of(&self.command(args).stdin(Stdio::null()).output().unwrap())
    }

    fn run_with_input(&self, args: &[&str], input: &[u8]) -> Run {
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

struct Run {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    #[track_caller]
    fn ok(self) -> Self {
        assert_eq!(self.status, 0, "{}", self.stderr);
        self
    }
}

/// A CSV text as rows of (column, cell).
fn cells(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn column(text: &str, name: &str) -> Vec<String> {
    cells(text).iter().map(|row| row[name].clone()).collect()
}

const COMMENTS: &str = "id,text,mood
1,you are an idiot,angry
2,a fine article,
3,\"gold, gold;
buy \"\"gold\"\"\",x
4,,
5,thanks for this,calm
";

#[test]
fn every_row_comes_back_in_order_with_columns_added() {
    let desk = Desk::new();
    desk.file("in.csv", COMMENTS);
    let run = desk.run(&["in.csv"]).ok();
    let header =
        "id,text,mood,insult_score,insult_flag,spam_score,spam_flag,decision,reasons,model,error\n";
    assert!(run.stdout.starts_with(header), "{}", run.stdout);
    let rows = cells(&run.stdout);
    let of = |name: &str| {
        rows.iter()
            .map(|row| row[name].as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("id"), ["1", "2", "3", "4", "5"]);
    assert_eq!(of("mood"), ["angry", "", "x", "", "calm"]);
    assert_eq!(of("text")[2], "gold, gold;\nbuy \"gold\"");
    assert_eq!(of("insult_flag"), ["1", "0", "0", "0", "0"]);
    assert_eq!(of("spam_flag"), ["0", "0", "1", "0", "0"]);
    assert_eq!(of("decision")[1], "approve");
    assert_ne!(of("decision")[0], "approve");
    assert!(of("reasons")[0].starts_with("insult 0.") && of("reasons")[0].contains("idiot"));
    assert!(of("reasons")[2].starts_with("spam 0.") && !of("reasons")[2].contains('\n'));
    assert_eq!((of("reasons")[1], of("reasons")[4]), ("", ""));
    assert_eq!(of("error"), [""; 5]);
    assert!(
        of("model")
            .iter()
            .all(|hash| hash.len() == 16 && *hash == of("model")[0])
    );
    assert!(run.stderr.contains("5 rows in"), "{}", run.stderr);
    assert!(
        run.stderr.contains("insult: 1 (20.0 %) flagged at "),
        "{}",
        run.stderr
    );
}

#[test]
fn the_same_from_a_file_from_standard_input_and_compressed() {
    let desk = Desk::new();
    desk.file("in.csv", COMMENTS);
    let expected = desk.run(&["in.csv"]).ok().stdout;
    assert_eq!(
        desk.run_with_input(&["-"], COMMENTS.as_bytes()).ok().stdout,
        expected
    );
    desk.run(&["in.csv", "-o", "out.csv.gz"]).ok();
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(fs::File::open(desk.path("out.csv.gz")).unwrap())
        .read_to_string(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, expected);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(COMMENTS.as_bytes()).unwrap();
    desk.file("packed.csv.gz", encoder.finish().unwrap());
    desk.run(&["packed.csv.gz", "-o", "out.csv"]).ok();
    assert_eq!(desk.read("out.csv"), expected);
}

#[test]
fn a_flagged_file_flagged_again_is_the_same() {
    let desk = Desk::new();
    desk.file("in.csv", COMMENTS);
    desk.run(&["in.csv", "-o", "once.csv"]).ok();
    let run = desk.run(&["once.csv", "-o", "twice.csv"]).ok();
    assert_eq!(desk.read("once.csv"), desk.read("twice.csv"));
    assert!(
        run.stderr
            .contains("note: once.csv: its columns insult_score, "),
        "{}",
        run.stderr
    );
}

#[test]
fn jsonl_has_numbers_and_places() {
    let desk = Desk::new();
    desk.file("in.jsonl", "{\"text\": \"Ü, you are an idiot\", \"author\": \"Gold\", \"n\": 1.50}\n{\"n\": 2}\n{\"text\": \"a fine article\"}\n");
    let run = desk.run(&["in.jsonl"]).ok();
    let lines: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(run.stdout.contains("\"n\": 1.50"), "{}", run.stdout);
    assert!(lines[0]["insult_score"].as_f64().unwrap() > 0.5);
    assert_eq!(lines[0]["insult_flag"], 1);
    let spans = lines[0]["reason_spans"].as_array().unwrap();
    let span = spans
        .iter()
        .find(|span| span["text"].as_str().unwrap().contains("idiot"))
        .unwrap();
    let (start, end) = (
        span["start"].as_u64().unwrap() as usize,
        span["end"].as_u64().unwrap() as usize,
    );
    assert_eq!(&"Ü, you are an idiot"[start..end], span["text"]);
    assert!(span["contribution"].as_f64().unwrap() > 0.0);
    assert_eq!(
        (&span["label"], &span["field"]),
        (&"insult".into(), &"text".into())
    );
    assert_eq!(
        lines[1]["error"],
        "no text in `text`; fill it, or name another column with --text-column"
    );
    assert_eq!(lines[1]["insult_score"], Value::Null);
    assert_eq!(
        (&lines[2]["reasons"], &lines[2]["reason_spans"]),
        (&"".into(), &Value::Array(Vec::new()))
    );
}

#[test]
fn bad_rows_are_reported_kept_and_counted() {
    let desk = Desk::new();
    let mut input =
        b"id,text\n1,you are an idiot\n2,a,b\n3,Gr\xfc\xdfe\n4,Gr\xc3\xbc\xc3\x9fe\n".to_vec();
    (0..20).for_each(|_| input.extend(b"x\n"));
    input.extend(b"5,gold\n");
    desk.file("in.csv", &input);
    let run = desk
        .run(&["in.csv", "--encoding", "utf-8", "-o", "out.csv"])
        .ok();
    assert!(
        run.stderr
            .contains("warning: in.csv: row 2 (line 3): expected 2 fields, got 3; quote cells"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("warning: in.csv: row 3 (line 4): byte 37 of the file"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("warning: 22 bad rows in all"),
        "{}",
        run.stderr
    );
    assert_eq!(
        run.stderr.matches("warning: in.csv: row").count(),
        10,
        "{}",
        run.stderr
    );
    let output = desk.read("out.csv");
    let (errors, flags) = (column(&output, "error"), column(&output, "spam_flag"));
    assert_eq!(
        (errors.len(), errors[0].as_str(), errors[3].as_str()),
        (25, "", "")
    );
    assert!(errors[1].starts_with("expected 2 fields, got 3") && flags[1].is_empty());
    assert_eq!(
        (column(&output, "id")[24].as_str(), flags[24].as_str()),
        ("5", "1")
    );
    let strict = desk.run(&[
        "in.csv",
        "--encoding",
        "utf-8",
        "-o",
        "strict.csv",
        "--strict",
    ]);
    assert_eq!(strict.status, 2);
    assert!(
        strict
            .stderr
            .contains("error: 22 of 25 rows could not be read (--strict)"),
        "{}",
        strict.stderr
    );
    assert_eq!(desk.read("strict.csv"), output);
}

#[test]
fn strict_has_nothing_against_good_rows() {
    let desk = Desk::new();
    desk.file("in.csv", COMMENTS);
    desk.run(&["in.csv", "--strict"]).ok();
}

#[test]
fn only_flagged_leaves_out_the_calm_and_keeps_the_bad() {
    let desk = Desk::new();
    desk.file("in.csv", format!("{COMMENTS}6,a,b,c\n"));
    let run = desk.run(&["in.csv", "--only-flagged"]).ok();
    assert_eq!(column(&run.stdout, "id"), ["1", "3", "6"]);
    assert!(
        run.stderr.contains("6 rows in") && run.stderr.contains(" 3 written"),
        "{}",
        run.stderr
    );
}

#[test]
fn thresholds_move_flags_and_must_fit_the_model() {
    let desk = Desk::new();
    desk.file("in.csv", COMMENTS);
    let run = desk
        .run(&["in.csv", "--threshold", "insult=0", "--threshold", "spam=1"])
        .ok();
    assert_eq!(column(&run.stdout, "insult_flag"), ["1"; 5]);
    assert_eq!(column(&run.stdout, "spam_flag"), ["0"; 5]);
    for (option, expected) in [
        (
            ["--threshold", "rude=0.5"],
            "error: the model has no label `rude`; its labels are insult, spam",
        ),
        (
            ["--sort-by", "rude"],
            "error: the model has no label `rude`; its labels are insult, spam",
        ),
        (["--threshold", "spam=5"], "5 is not between 0 and 1"),
    ] {
        let run = desk.run(&[&["in.csv"][..], &option].concat());
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn sorted_by_score_the_highest_first_and_ties_as_read() {
    let desk = Desk::new();
    desk.file(
        "in.csv",
        "id,text\n1,thanks\n2,a,b\n3,buy gold now\n4,thanks\n5,gold gold\n",
    );
    let run = desk.run(&["in.csv", "--sort-by", "spam"]).ok();
    let scores: Vec<f64> = column(&run.stdout, "spam_score")[..4]
        .iter()
        .map(|score| score.parse().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert_eq!(column(&run.stdout, "id")[2..], ["1", "4", "2"]);
}

#[test]
fn phrases_of_the_site_are_visible_rules() {
    let desk = Desk::new();
    desk.file(
        "in.csv",
        "id,text\n1,C4ll  me now\n2,idiot proof gold\n3,you are an idiot\n4,Sir\n5,recall me\n",
    );
    desk.file(
        "house.txt",
        "# ours\nblock: call me\nallow: idiot proof\nreview: sir\n",
    );
    let run = desk.run(&["in.csv", "--phrases", "house.txt"]).ok();
    let (decisions, reasons) = (
        column(&run.stdout, "decision"),
        column(&run.stdout, "reasons"),
    );
    assert_eq!(
        (
            decisions[0].as_str(),
            decisions[1].as_str(),
            decisions[4].as_str()
        ),
        ("reject", "approve", "approve")
    );
    assert_ne!(decisions[3], "approve");
    assert!(
        reasons[0].ends_with("site phrase \"call me\" (block)"),
        "{reasons:?}"
    );
    assert!(
        reasons[1].ends_with("site phrase \"idiot proof\" (allow)"),
        "{reasons:?}"
    );
    assert!(!reasons[2].contains("site phrase"), "{reasons:?}");
    desk.file("bad.txt", "block: a\nban: b\n");
    let run = desk.run(&["in.csv", "--phrases", "bad.txt"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains(
            "error: bad.txt: line 2: `ban: b` does not begin with block:, review: or allow:"
        ),
        "{}",
        run.stderr
    );
}

#[test]
fn formulas_are_guarded_and_come_back_as_they_were() {
    let desk = Desk::new();
    desk.file(
        "in.csv",
        "id,text\n=1+1,\"=HYPERLINK(\"\"x\"\")\"\n@a,- you are an idiot\n",
    );
    let run = desk.run(&["in.csv", "-o", "out.csv"]).ok();
    let output = desk.read("out.csv");
    assert_eq!(column(&output, "id"), ["'=1+1", "'@a"], "{}", run.stderr);
    assert_eq!(
        column(&output, "text"),
        ["'=HYPERLINK(\"x\")", "'- you are an idiot"]
    );
    desk.run(&["out.csv", "-o", "again.csv"]).ok();
    assert_eq!(desk.read("again.csv"), output);
}

#[test]
fn the_output_is_never_an_input() {
    let desk = Desk::new();
    desk.file("in.csv", COMMENTS);
    desk.file("house.txt", "block: x\n");
    for output in ["in.csv", "./in.csv", "house.txt"] {
        let run = desk.run(&["in.csv", "--phrases", "house.txt", "-o", output]);
        assert_eq!(run.status, 2);
        assert!(
            run.stderr
                .contains("is also an input; write to another file"),
            "{}",
            run.stderr
        );
    }
    assert_eq!(desk.read("in.csv"), COMMENTS);
}

#[test]
fn unusable_input_is_told_and_leaves_no_output() {
    let desk = Desk::new();
    for (name, content, expected) in [
        ("none.csv", None, "no such file"),
        ("empty.csv", Some(""), "is empty"),
        (
            "columns.csv",
            Some("a,b\n1,2\n"),
            "no column looks like the text of comments; name it with --text-column; its columns are a, b",
        ),
    ] {
        if let Some(content) = content {
            desk.file(name, content);
        }
        let run = desk.run(&[name, "-o", "out.csv"]);
        assert_eq!(run.status, 2, "{name}");
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert!(!desk.path("out.csv").exists());
    }
    desk.file("header.csv", "id,text\n");
    let run = desk.run(&["header.csv"]).ok();
    assert_eq!(run.stdout.lines().count(), 1);
}

#[test]
fn a_broken_archive_leaves_no_half_output() {
    let desk = Desk::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(many_comments(20_000).as_bytes()).unwrap();
    let mut packed = encoder.finish().unwrap();
    packed.truncate(packed.len() - 100);
    desk.file("in.csv.gz", packed);
    let run = desk.run(&["in.csv.gz", "-o", "out.csv"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("in.csv.gz: cannot be read to its end"),
        "{}",
        run.stderr
    );
    assert_eq!(fs::read_dir(desk.0.path()).unwrap().count(), 1);
}

/// Comments of many kinds, enough for several batches.
fn many_comments(n_rows: usize) -> String {
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
        text.push_str(&format!("{i},Name {},{repeated} {i}\n", i % 7));
        if i % 1000 == 999 {
            text.push_str("a,bad,row,here\n");
        }
    }
    text
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let desk = Desk::new();
    desk.file("in.csv", many_comments(10_000));
    desk.file("house.txt", "review: article 7\n");
    for mode in [&[][..], &["--sort-by", "insult"], &["--to-review", "30"]] {
        let run = |threads: &str| {
            let mut command = desk.command(&["in.csv", "--phrases", "house.txt"]);
            command.args(mode).env("RAYON_NUM_THREADS", threads);
            Run::of(&command.output().unwrap()).ok().stdout
        };
        let one = run("1");
        assert!(one == run("2") && one == run("5"), "{mode:?}");
        assert!(one.len() > 1000);
    }
}

#[test]
fn a_foreign_language_is_told() {
    let desk = Desk::new();
    desk.file("in.csv", many_comments(12));
    let run = desk.run(&["in.csv"]).ok();
    let expected = "note: 2 comments look like a language the model was not trained on (deu 2)";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_a_success() {
    let desk = Desk::new();
    desk.file("in.csv", many_comments(20_000));
    let mut child = desk
        .command(&["in.csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let desk = Desk::new();
    desk.file("in.csv", many_comments(5000));
    let run = desk.run(&["in.csv", "-o", "/dev/full"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("error: /dev/full: cannot be written"),
        "{}",
        run.stderr
    );
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = desk.command(&["in.csv"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output: cannot be written"));
}

#[test]
fn picked_comments_go_back_into_training_once_labelled() {
    let desk = Desk::new();
    let mut input = "id,text,spam\n".to_owned();
    for i in 0..400 {
        let words = [
            "you are an idiot",
            "a fine article",
            "buy gold",
            "thanks",
            "what an idiot",
            "well, gold",
        ][i % 6];
        let known = if i % 2 == 0 { "1" } else { "" };
        input.push_str(&format!(
            "{i},{words} {} {},{known}\n",
            i * 7919 % 101,
            i * 31 % 53
        ));
    }
    desk.file("in.csv", &input);
    desk.run(&["in.csv", "--to-review", "60", "-o", "picked.csv"])
        .ok();
    let output = desk.read("picked.csv");
    let header = output.lines().next().unwrap();
    assert_eq!(
        header,
        "id,text,spam,insult,insult_score,insult_flag,spam_score,spam_flag,decision,reasons,picked,model,error"
    );
    let picked = column(&output, "picked");
    assert_eq!(
        picked.iter().filter(|pick| *pick == "uncertain").count(),
        54
    );
    assert_eq!(picked[54..], ["drawn"; 6]);
    assert_eq!(column(&output, "insult"), [""; 60]);
    let labelled = label(&output);
    desk.file("labelled.csv", labelled);
    let mut train = Command::new(cargo_bin("ombuds"));
    train.current_dir(desk.0.path()).args([
        "train",
        "--data",
        "labelled.csv",
        "--labels",
        "insult,spam",
        "--model",
        "m",
    ]);
    let run = Run::of(
        &train
            .args(["--bits", "14", "--test-fraction", "0"])
            .output()
            .unwrap(),
    )
    .ok();
    assert!(desk.path("m/model.safetensors").exists(), "{}", run.stderr);
}

/// What a reviewer does: fills the label columns by reading the text.
fn label(output: &str) -> String {
    let mut reader = csv::Reader::from_reader(output.as_bytes());
    let header = reader.headers().unwrap().clone();
    let idx = |name: &str| header.iter().position(|column| column == name).unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        let says = |word: &str| {
            if record[idx("text")].contains(word) {
                "1"
            } else {
                "0"
            }
        };
        let cells = record.iter().enumerate().map(|(i, cell)| match i {
            i if i == idx("insult") => says("idiot"),
            i if i == idx("spam") => says("gold"),
            _ => cell,
        });
        writer.write_record(cells).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn a_missing_model_says_how_to_make_one() {
    let desk = Desk::new();
    desk.file("in.csv", COMMENTS);
    let mut command = Command::new(cargo_bin("ombuds"));
    let run = Run::of(
        &command
            .current_dir(desk.0.path())
            .args(["flag", "in.csv", "--model", "nowhere"])
            .output()
            .unwrap(),
    );
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("nowhere: no model here"),
        "{}",
        run.stderr
    );
}

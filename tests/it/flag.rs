//! `ombuds flag`: files in, files out, exit statuses and messages.

pub(crate) mod desk;
mod faults;
mod review;
mod words;

use std::fs;
use std::io::{Read, Write};

use serde_json::Value;

use desk::{COMMENTS, Desk, Run, cells, column, many_comments};

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

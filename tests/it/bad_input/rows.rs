//! Rows that cannot be used, some or most, and labels that know one class.

use std::fs;

use super::{COMMANDS, assert_untouched, command, csv_with, desk, rows};
use crate::evaluate::desk::{assert_has, stderr};

fn jsonl_with(number: usize, line: &[u8]) -> Vec<u8> {
    let object = |row: String| {
        let cells: Vec<&str> = row.split(',').collect();
        format!("{{\"text\": \"{}\", \"insult\": {}}}", cells[2], cells[3]).into_bytes()
    };
    let mut lines: Vec<Vec<u8>> = rows().into_iter().skip(1).map(object).collect();
    lines[number - 1] = line.to_vec();
    lines.join(&b'\n')
}

/// What one bad row says, in all three; where `flag` asks for no label, labels do not matter.
#[test]
fn a_bad_row_costs_a_row_and_under_strict_the_run() {
    let label = "is not 0/1, true/false or a share between 0 and 1; map another column";
    let long = format!("5,a0,{},1", "x".repeat(300));
    for (file, content, expected) in [
        (
            "u.csv",
            csv_with(7, b"5,a0,id\xffot,1"),
            "byte AT of the file is not valid text",
        ),
        (
            "n.csv",
            csv_with(7, b"5,a0,id\0ot,1"),
            "byte AT of the file is NUL; remove",
        ),
        (
            "q.csv",
            csv_with(7, b"5,a0,\"idiot,1"),
            "quote opened on line 7 is never closed; close",
        ),
        (
            "few.csv",
            csv_with(7, b"5,a0,idiot"),
            "expected 4 fields, got 3; quote cells",
        ),
        (
            "many.csv",
            csv_with(7, b"5,a0,idiot,1,1"),
            "expected 4 fields, got 5; quote cells",
        ),
        (
            "long.csv",
            csv_with(7, long.as_bytes()),
            "row over 200 bytes (it has 307 bytes)",
        ),
        ("label.csv", csv_with(7, b"5,a0,idiot,2"), label),
        ("minus.csv", csv_with(7, b"5,a0,idiot,-0.1"), label),
        ("inf.csv", csv_with(7, b"5,a0,idiot,inf"), label),
        ("word.csv", csv_with(7, b"5,a0,idiot,rude"), label),
        (
            "u.jsonl",
            jsonl_with(6, b"{\"text\": \"\xff\"}"),
            "byte AT of the file is not valid text",
        ),
        (
            "half.jsonl",
            jsonl_with(6, br#"{"text": "\ud800"}"#),
            "half of a surrogate pair",
        ),
        (
            "none.jsonl",
            jsonl_with(6, br#"{"insult": 1}"#),
            "no text in `text`; fill it",
        ),
        (
            "cut.jsonl",
            jsonl_with(6, br#"{"text": "idi"#),
            "not valid JSON at column 13",
        ),
    ] {
        let at = content.iter().position(|byte| matches!(byte, 0 | 0xff));
        let expected = &expected.replace("AT", &at.unwrap_or_default().to_string());
        let (desk, before) = desk();
        desk.file(file, content);
        let place = format!(
            "{file}: row 6 (line {}): ",
            if file.ends_with("csv") { 7 } else { 6 }
        );
        let limit = ["--max-row-bytes", "200"];
        let commands = &COMMANDS[..if expected == label { 2 } else { 3 }];
        for name in commands {
            let strict = desk.refused(&command(name, file, &[limit[0], limit[1], "--strict"]));
            assert_has(&strict, &[&place, expected, "1 of 60 rows", "(--strict)"]);
            if *name != "flag" {
                assert_untouched(&desk, &before, file);
            }
        }
        for name in commands {
            let output = desk.run(&command(name, file, &limit));
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            let counted = if *name == "flag" {
                "warning: 1 bad rows in all, kept with the reason in the error column".to_owned()
            } else {
                format!("warning: {file}: 1 of 60 rows cannot be used; left out")
            };
            assert_has(&stderr(&output), &["warning: ", &place, expected, &counted]);
        }
        if commands.len() == 3 {
            let output = fs::read_to_string(desk.path("out.csv")).unwrap_or_default();
            let rows = csv::Reader::from_reader(output.as_bytes()).into_records();
            let rows: Vec<csv::StringRecord> = rows.map(Result::unwrap).collect();
            assert_eq!(rows.len(), 60);
            let bad = rows.iter().filter(|row| !row[row.len() - 1].is_empty());
            assert_eq!(bad.count(), 1, "{output}");
            assert!(rows[5][rows[5].len() - 1].contains(expected), "{output}");
        }
        let metrics = fs::read_to_string(desk.path("out").join("metrics.json")).unwrap();
        assert_has(&metrics, &["\"bad_rows\": 1"]);
    }
}

#[test]
fn more_bad_rows_than_good_ones_are_a_misunderstanding() {
    let (desk, before) = desk();
    let share = |n_bad: usize| {
        let bad = |(i, row): (usize, String)| {
            if i > 0 && i <= n_bad {
                row.replace(",a", ",,") + "x"
            } else {
                row
            }
        };
        rows()
            .into_iter()
            .enumerate()
            .map(bad)
            .collect::<Vec<_>>()
            .join("\n")
    };
    desk.file("half.csv", share(30));
    desk.file("more.csv", share(31));
    for name in ["train", "evaluate"] {
        let error = desk.refused(&command(name, "more.csv", &[]));
        let parts = [
            "more.csv: 31 of 60 rows cannot be used, more than half; the first: ",
            "row 1",
        ];
        assert_has(&error, &parts);
        assert_eq!(
            error.matches("warning: more.csv: row").count(),
            10,
            "{error}"
        );
        assert_untouched(&desk, &before, name);
    }
    for name in ["train", "evaluate"] {
        let output = desk.run(&command(name, "half.csv", &[]));
        assert_has(
            &stderr(&output),
            &["warning: half.csv: 30 of 60 rows cannot be used; left out"],
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
}

#[test]
fn one_class_is_refused_where_it_cannot_do_and_told_where_it_can() {
    let (desk, before) = desk();
    for (label, n_positives, which) in [("1", 60, "every one"), ("0", 0, "none")] {
        let relabelled = |row: String| row[..row.len() - 1].to_owned() + label;
        let lines = rows()
            .into_iter()
            .skip(1)
            .map(relabelled)
            .collect::<Vec<_>>();
        desk.file(
            "one.csv",
            "id,article_id,text,insult\n".to_owned() + &lines.join("\n"),
        );
        let error = desk.refused(&command("train", "one.csv", &["--test-fraction", "0"]));
        let positives = format!("60 rows are labelled and {n_positives} of them positive");
        assert_has(
            &error,
            &["label `insult`", &positives, "both classes are needed"],
        );
        let held_out = desk.refused(&command("train", "one.csv", &[]));
        assert_has(
            &held_out,
            &["of 60 rows held out", "--test-fraction 0", "label `insult`"],
        );
        assert_untouched(&desk, &before, "train");
        let thresholds = fs::read(desk.path("out").join("config.toml")).unwrap();
        for goal in ["--target-precision", "--target-recall"] {
            let tune = [
                "tune", "--model", "out", "--label", "insult", "--data", "one.csv",
            ];
            let error = desk.refused(&[&tune[..], &[goal, "0.9"]].concat());
            let expected = format!("{n_positives} of 60 comments have the label; name data with");
            assert_has(&error, &["thresholds left as they are", &expected]);
        }
        assert!(fs::read(desk.path("out").join("config.toml")).unwrap() == thresholds);
        let output = desk.run(&["evaluate", "--model", "model", "--data", "one.csv"]);
        assert_eq!(output.status.code(), Some(0));
        let note = format!("label `insult`: {which} of the 60 labelled comments has it");
        assert_has(&stderr(&output), &[&note]);
    }
}

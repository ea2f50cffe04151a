//! Picking comments to label, and labelling them.

use std::fmt::Write as _;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

use super::desk::{Desk, Run, column};

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
        writeln!(
            input,
            "{i},{words} {} {},{known}",
            i * 7919 % 101,
            i * 31 % 53
        )
        .unwrap();
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
fn what_is_blank_or_labelled_is_not_picked_and_that_is_told() {
    let desk = Desk::new();
    desk.file(
        "in.csv",
        "id,text,insult,spam\n1,you idiot,1,0\n2,,,\n3,a fine article,0,\n4,A fine article!,,\n",
    );
    let run = desk.run(&["in.csv", "--to-review", "5"]).ok();
    assert_eq!(column(&run.stdout, "id"), ["4"]);
    assert!(
        run.stderr
            .contains("note: 1 of 5 comments picked: the others are blank"),
        "{}",
        run.stderr
    );
}

//! Models that are damaged, newer or missing, and the shipped one adapted.

use std::fs;
use std::path::Path;

use super::{assert_untouched, command, desk, outputs};
use crate::evaluate::desk::{assert_has, stderr, stdout};

/// All that reads a model.
fn readers() -> [Vec<&'static str>; 6] {
    let evaluate = [
        "evaluate", "--model", "damaged", "--data", "good.csv", "--json", "out.json",
    ];
    let tune = [
        "tune", "--model", "damaged", "--data", "good.csv", "--label", "insult",
    ];
    let mut train = command("train", "good.csv", &["--base", "damaged"]);
    train.drain(3..5);
    [
        vec!["flag", "good.csv", "--model", "damaged", "-o", "out.csv"],
        evaluate.into(),
        [&tune[..], &["--target-recall", "0.5"]].concat(),
        vec!["explain", "--model", "damaged", "you idiot"],
        vec!["model", "show", "damaged"],
        train,
    ]
}

#[test]
fn a_model_that_cannot_be_used_is_told_by_all_who_read_one() {
    type Damage = fn(&Path);
    fn edit(path: &Path, from: &str, to: &str) {
        let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        assert!(text.contains(from));
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    let damages: [(Damage, &str); 9] = [
        (
            |m| edit(&m.join("config.toml"), "format = ", "format = 9"),
            "config.toml: model format 9",
        ),
        (
            |m| edit(&m.join("config.toml"), "flag = ", "flag = x"),
            "config.toml: line ",
        ),
        (
            |m| edit(&m.join("config.toml"), "flag = 0", "flag = 7"),
            "thresholds must be 0 to 1",
        ),
        (
            |m| fs::write(m.join("config.toml"), b"\xff").unwrap(),
            "byte 0 is not UTF-8; correct it",
        ),
        (
            |m| fs::write(m.join("model.safetensors"), "").unwrap(),
            "cut short (header too small)",
        ),
        (
            |m| fs::remove_file(m.join("model.safetensors")).unwrap(),
            "no model here",
        ),
        (
            |m| fs::remove_dir_all(m).unwrap(),
            "no model here (expected model.safetensors); train one with `ombuds train --data FILE --model",
        ),
        (
            |m| {
                fs::remove_dir_all(m).unwrap();
                fs::write(m, "").unwrap();
            },
            "damaged: is not a folder; name the folder",
        ),
        (
            |m| {
                let path = m.join("model.safetensors");
                let bytes = fs::read(&path).unwrap();
                fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
            },
            "not an Ombuds model, or cut short",
        ),
    ];
    for (damage, expected) in damages {
        let (desk, before) = desk();
        desk.ok(&["model", "export", "damaged"]);
        damage(&desk.path("damaged"));
        for args in readers() {
            let error = desk.refused(&args);
            assert_has(&error, &["error: damaged", expected]);
            assert!(!error.contains("\\n"), "{error}");
            assert_untouched(&desk, &before, expected);
        }
    }
}

/// A flip somewhere in the file, seen from outside: an error, or the same words.
#[test]
fn a_flipped_bit_gives_an_error_or_the_same_scores() {
    let (desk, _) = desk();
    fs::remove_file(desk.path("out").join("config.toml")).unwrap();
    let explain = ["explain", "--model", "out", "what an idiot you are"];
    let expected = desk.ok(&explain);
    let path = desk.path("out").join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let mut n_refused = 0;
    for idx in (0..bytes.len()).step_by(bytes.len() / 60) {
        let mut flipped = bytes.clone();
        flipped[idx] ^= 1 << (idx % 8);
        fs::write(&path, flipped).unwrap();
        let output = desk.run(&explain);
        if output.status.code() == Some(2) {
            assert_has(&stderr(&output), &["error: out", "again"]);
            n_refused += 1;
        } else {
            let scores = |text: &str| text.rsplit_once("\nmodel ").map(|parts| parts.0.to_owned());
            assert_eq!(scores(&stdout(&output)), scores(&expected), "byte {idx}");
        }
    }
    assert!(n_refused > 50, "{n_refused}");
}

#[cfg(feature = "default-model")]
#[test]
fn the_shipped_model_can_be_adapted() {
    let (desk, before) = desk();
    let newsroom = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/newsroom/comments.csv");
    let table = fs::read(newsroom).unwrap();
    let rows: Vec<csv::ByteRecord> = csv::Reader::from_reader(&*table)
        .byte_records()
        .map(Result::unwrap)
        .collect();
    let mut writer = csv::Writer::from_path(desk.path("few.csv")).unwrap();
    writer
        .write_record(csv::Reader::from_reader(&*table).byte_headers().unwrap())
        .unwrap();
    rows.iter()
        .step_by(5)
        .for_each(|row| writer.write_byte_record(row).unwrap());
    writer.flush().unwrap();
    let train = [
        "train", "--base", "default", "--data", "few.csv", "--model", "adapted",
    ];
    let output = desk.run(
        &[
            &train[..],
            &["--label-map", "insult=insult,aside=off_topic"],
        ]
        .concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let notes = [
        "the base model has no label `aside`; it is learnt afresh",
        "label `off_topic` of the base model is not learnt here",
    ];
    assert_has(&stderr(&output), &notes);
    let built_in = desk.ok(&["model", "show"]);
    let hash = built_in.split([' ', ',']).nth(1).unwrap();
    assert_has(
        &desk.ok(&["model", "show", "adapted"]),
        &[&format!("adapted from    {hash}")],
    );
    // Sixty rows with twenty positives: too few; and the base knows them already.
    let adapt = command("train", "good.csv", &["--base", "out"]);
    let adapt: Vec<&str> = adapt
        .into_iter()
        .filter(|arg| !["--bits", "12"].contains(arg))
        .collect();
    let output = desk.run(&adapt);
    let policy = |output: &[Vec<u8>]| {
        let config = String::from_utf8_lossy(&output[3]).into_owned();
        config[config.find("[policy").unwrap()..].to_owned()
    };
    assert_eq!(policy(&outputs(&desk)), policy(&before), "the base's own");
    let told = [
        "label `insult`: 20 of 60 comments have it, too few for thresholds",
        "warning: label `insult` has 20 positives",
        "good.csv: the base model was trained on",
    ];
    assert_has(&stderr(&output), &told);
    assert!(outputs(&desk) != before);
    assert_has(
        &desk.refused(&[&train[..], &["--bits", "12"]].concat()),
        &["--bits", "--base"],
    );
}

#[test]
fn files_that_are_no_models_are_not_replaced() {
    let (desk, before) = desk();
    fs::create_dir(desk.path("notes")).unwrap();
    desk.file("notes/config.toml", "ours = true\n");
    let train = command("train", "good.csv", &[]).into_iter();
    let train: Vec<&str> = train
        .map(|arg| if arg == "out" { "notes" } else { arg })
        .collect();
    let told = [
        "config.toml: is there",
        "holds no model",
        "name another folder",
    ];
    assert_has(&desk.refused(&train), &told);
    assert_eq!(
        fs::read(desk.path("notes/config.toml")).unwrap(),
        b"ours = true\n"
    );
    assert_untouched(&desk, &before, "a folder of somebody's");
}

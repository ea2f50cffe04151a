//! What goes wrong is told, loses nothing and ends with the right status.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;

use super::desk::{COMMENTS, Desk, Run, column, many_comments};

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
    assert!(run.stderr.contains("there was no row"), "{}", run.stderr);
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

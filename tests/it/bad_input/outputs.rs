//! Outputs that cannot be written, or are inputs.

use std::fs;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;

use super::{COMMANDS, assert_untouched, command, csv, desk};
use crate::evaluate::desk::{Desk, assert_has, stderr};

#[test]
fn the_folder_for_what_does_not_fit_is_looked_for_before_the_work() {
    let (desk, before) = desk();
    for folder in ["nowhere", "good.csv"] {
        let error = desk.refused(&command("train", "good.csv", &["--scratch", folder]));
        let expected = format!("error: --scratch: {folder} is no folder; make it first");
        assert_has(&error, &[&expected]);
    }
    assert_untouched(&desk, &before, "--scratch");
    // Beside a model whose folder is not there yet, it is the nearest that is.
    let args = [
        "train", "--labels", "insult", "--bits", "12", "--data", "good.csv",
    ];
    desk.ok(&[&args[..], &["--model", "new/deep/model"]].concat());
    assert!(desk.path("new/deep/model/config.toml").is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_earlier_outputs_stay() {
    let (desk, before) = desk();
    for (args, expected) in [
        (
            &["flag", "good.csv", "-o", "/dev/full"][..],
            "/dev/full: cannot be written",
        ),
        (
            &["evaluate", "--data", "good.csv", "--json", "/dev/full"],
            "/dev/full: cannot be written",
        ),
        (
            &[
                "train",
                "--data",
                "good.csv",
                "--labels",
                "insult",
                "--model",
                "/dev/full",
            ],
            "/dev/full: is not a folder",
        ),
        (
            &[
                "train",
                "--data",
                "good.csv",
                "--labels",
                "insult",
                "--model",
                "good.csv/m",
            ],
            "good.csv: is not a folder",
        ),
    ] {
        let more: &[&str] = if args[0] == "train" {
            &[]
        } else {
            &["--model", "model"]
        };
        let error = desk.refused(&[args, more].concat());
        assert_has(&error, &[&format!("error: {expected}")]);
    }
    let full = || {
        fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for args in [
        &["flag", "good.csv", "--model", "model"][..],
        &["evaluate", "--data", "good.csv", "--model", "model"],
        &["model", "show", "model"],
    ] {
        let output = program(&desk, args).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_has(
            &stderr(&output),
            &["error: standard output: cannot be written", "space left"],
        );
    }
    // As on a disk that takes one more page: writing breaks off in the middle of a file.
    for name in COMMANDS {
        let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
        let mut shell = Command::new("sh");
        shell
            .current_dir(desk.path(""))
            .args(["-c", script])
            .arg(cargo_bin!("ombuds"));
        let output = shell.args(command(name, "good.csv", &[])).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {}", stderr(&output));
        assert_has(&stderr(&output), &["error: out", "File too large"]);
        assert_untouched(&desk, &before, name);
    }
}

#[cfg(unix)]
#[test]
fn nothing_that_is_read_is_overwritten() {
    let (desk, before) = desk();
    desk.file("articles.csv", "article_id,title\na0,x\n");
    std::os::unix::fs::symlink(desk.path("good.csv"), desk.path("soft.csv")).unwrap();
    fs::hard_link(desk.path("good.csv"), desk.path("hard.csv")).unwrap();
    let weights = fs::read(desk.path("model/model.safetensors")).unwrap();
    let whole = desk.path("good.csv").display().to_string();
    let inputs = ["good.csv", "./good.csv", "soft.csv", "hard.csv", &whole];
    for output in [&inputs[..], &["articles.csv", "model/model.safetensors"]].concat() {
        for args in [
            ["flag", "good.csv", "-o"],
            ["evaluate", "--data=good.csv", "--json"],
        ] {
            let more = [output, "--model", "model", "--articles", "articles.csv"];
            let error = desk.refused(&[&args[..], &more].concat());
            assert_has(
                &error,
                &[&format!(
                    "error: {output}: is also an input; write to another"
                )],
            );
        }
    }
    let open = || fs::File::open(desk.path("good.csv")).unwrap();
    let mut redirected = program(&desk, &["flag", "-", "--model", "model", "-o", "good.csv"]);
    assert_eq!(
        redirected.stdin(open()).output().unwrap().status.code(),
        Some(2)
    );
    let append = fs::OpenOptions::new()
        .append(true)
        .open(desk.path("good.csv"))
        .unwrap();
    let mut appended = program(&desk, &["flag", "good.csv", "--model", "model"]);
    assert_eq!(
        appended.stdout(append).output().unwrap().status.code(),
        Some(2)
    );
    assert_eq!(fs::read_to_string(desk.path("good.csv")).unwrap(), csv());
    assert!(fs::read(desk.path("model/model.safetensors")).unwrap() == weights);
    assert_untouched(&desk, &before, "same file");
}

fn program(desk: &Desk, args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("ombuds"));
    command
        .current_dir(desk.path(""))
        .args(args)
        .stdin(Stdio::null());
    command
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_a_success_and_quiet() {
    let (desk, _) = desk();
    for args in [
        &[
            "evaluate",
            "--labels=insult",
            "--model",
            "model",
            "--data",
            "good.csv",
        ][..],
        &[
            "evaluate",
            "--model",
            "model",
            "--data",
            "good.csv",
            "--labels=insult",
            "--json",
            "-",
        ],
        &["explain", "--model", "model", "you idiot"],
        &["model", "show", "model"],
        &["flag", "good.csv", "--model", "model"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output: Output = program(&desk, args).stdout(writer).output().unwrap();
        assert_eq!(
            (output.status.code(), stderr(&output)),
            (Some(0), String::new()),
            "{args:?}"
        );
    }
}

//! `ombuds explain`, the program.

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::newsroom::MODEL;

const HOSTILE: &str = "Line\u{1b}[2J one\r\n[You] \u{202e}1d10t \\ i d i o t\u{200b}\nthe end";

fn model() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    MODEL.write(folder.path()).unwrap();
    folder
}

fn explain(folder: &TempDir) -> Command {
    let mut command = Command::cargo_bin("ombuds").unwrap();
    command.arg("explain").arg("--model").arg(folder.path());
    command
}

fn stdout(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn table_adds_up_to_the_logit() {
    let folder = model();
    let text = "You are an absolute idiot, mate.";
    let context = ["--article", "High street to close\n\nAbsolutely no cars."];
    let shown = stdout(
        explain(&folder)
            .args(["--all-labels", "--author", "Mayor McClown", text])
            .args(context),
    );
    assert!(
        shown.contains("[idiot]") || shown.contains("idiot]") || shown.contains("idiot,"),
        "{shown}"
    );
    assert!(shown.contains(MODEL.hash()), "{shown}");
    let (mut sum, mut n_tables) = (0.0, 0);
    for line in shown.lines().filter(|line| line.starts_with("  ")) {
        let first = line.split_whitespace().next().unwrap_or_default();
        match first.parse::<f64>() {
            Ok(logit) if line.contains("  logit:") => {
                assert!((sum - logit).abs() < 0.02, "{sum} {logit}\n{shown}");
                (sum, n_tables) = (0.0, n_tables + 1);
            }
            Ok(contribution) => sum += contribution,
            Err(_) => {}
        }
    }
    assert_eq!(n_tables, 2, "{shown}");
}

#[test]
fn hostile_text_is_shown_not_obeyed() {
    let folder = model();
    let shown = stdout(explain(&folder).args(["--author", "x\u{1b}]0;y\u{7}", HOSTILE]));
    assert!(
        !shown.contains(['\u{1b}', '\u{202e}', '\u{200b}', '\r', '\u{7}']),
        "{shown:?}"
    );
    let marked = "  | Line\\u{1b}\\[2J [one\n  | \\[You\\] \\u{202e}1d10t \\\\ i d i o t\\u{200b}]\n  | the end\n";
    assert!(shown.contains(marked), "{shown}");
    assert!(shown.contains("  | x\\u{1b}\\]0;"), "{shown}");
}

#[test]
fn colours_only_where_they_are_wanted() {
    let folder = model();
    let with = stdout(explain(&folder).env("CLICOLOR_FORCE", "1").arg("You idiot"));
    let without = stdout(
        explain(&folder)
            .env("CLICOLOR_FORCE", "1")
            .env("NO_COLOR", "1")
            .arg("You idiot"),
    );
    assert!(
        with.contains("\u{1b}[4m") && !without.contains('\u{1b}'),
        "{with:?} {without:?}"
    );
    assert_eq!(anstream::adapter::strip_str(&with).to_string(), without);
}

#[test]
fn json_spans_are_bytes_of_the_raw_text() {
    let folder = model();
    let shown = stdout(
        explain(&folder)
            .arg("--json")
            .arg("--all-labels")
            .write_stdin(HOSTILE),
    );
    let json: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(json["text"], HOSTILE);
    for label in json["labels"].as_array().unwrap() {
        let explanation = &label["explanation"];
        let mut sum = explanation["intercept"].as_f64().unwrap();
        for part in ["text", "author", "terms"]
            .iter()
            .flat_map(|part| explanation[part].as_array().unwrap())
        {
            sum += part["contribution"].as_f64().unwrap();
        }
        // Without a context off-topic cannot be told, and has parts but no score.
        match label["logit"].as_f64() {
            Some(logit) => assert!((sum - logit).abs() < 1e-6, "{label}"),
            None => assert_eq!(label["cannot_tell"], "no context"),
        }
        for segment in explanation["text"].as_array().unwrap() {
            let at = |end: &str| segment[end].as_u64().unwrap() as usize;
            assert_eq!(segment["text"], HOSTILE[at("start")..at("end")]);
        }
    }
}

#[test]
fn standard_input_is_the_argument_without_its_last_line_break() {
    let folder = model();
    let expected = stdout(explain(&folder).args(["--json", "You idiot"]));
    for args in [&["--json"][..], &["--json", "-"]] {
        assert_eq!(
            stdout(explain(&folder).args(args).write_stdin("You idiot\n")),
            expected
        );
    }
}

#[test]
fn context_is_part_of_the_score() {
    let folder = model();
    let article = folder.path().join("story.txt");
    std::fs::write(
        &article,
        "High street to close to cars\n\nCouncillors voted on Monday night.",
    )
    .unwrap();
    let json = |args: &[&str]| -> Value {
        let text = stdout(
            explain(&folder)
                .args(["--json", "--label", "off_topic"])
                .args(args)
                .arg("Cars, on Monday, in our street?"),
        );
        serde_json::from_str(&text).unwrap()
    };
    let off_topic = |json: &Value| -> Value {
        let labels = json["labels"].as_array().unwrap();
        let label = labels.iter().find(|label| label["label"] == "off_topic");
        label.unwrap().clone()
    };
    let terms = |json: &Value| off_topic(json)["explanation"]["terms"].to_string();
    let without = json(&[]);
    assert_eq!(off_topic(&without)["cannot_tell"], "no context");
    assert!(off_topic(&without)["score"].is_null());
    let with_file = json(&["--article", article.to_str().unwrap()]);
    assert!(off_topic(&with_file)["score"].is_number());
    assert_ne!(terms(&with_file), terms(&without));
    let text = std::fs::read_to_string(&article).unwrap();
    assert_eq!(json(&["--article", &text]), with_file);
    assert!(terms(&json(&["--parent", "Cars!"])).contains("is a reply"));
}

#[test]
fn words_say_what_off_topic_means() {
    let folder = model();
    let story = "Harbour to close\n\nThe council voted on Monday.";
    let long = "x".repeat(70_000);
    let text =
        format!("Buy cry\u{202e}pto, coun\u{1b}cil: ha<b>rbour</b> &amp; \u{7}wallet {long}");
    let run = |args: &[&str]| {
        let given = ["--label", "off_topic", "--article", story];
        stdout(
            explain(&folder)
                .args(given)
                .args(args)
                .write_stdin(text.as_str()),
        )
    };
    let shown = run(&[]);
    let (_, below) = shown.split_once("  logit: ").unwrap();
    assert!(below.contains("foreign to the article: \""), "{below}");
    assert!(
        below.contains("\n  found: \"coun\\u{1b}cil\", \"ha<b>rbour\""),
        "{below}"
    );
    assert!(
        !shown.contains(['\u{1b}', '\u{202e}', '\u{7}']),
        "{below:?}"
    );
    assert!(
        below.lines().all(|line| line.chars().count() < 500),
        "{below}"
    );
    let json: Value = serde_json::from_str(&run(&["--json"])).unwrap();
    let explanation = &json["labels"][1]["explanation"];
    assert_eq!(
        explanation["words"]["against"],
        serde_json::json!(["article"])
    );
    let spans = explanation["words"]["spans"].as_array().unwrap();
    for span in spans {
        let at = |end: &str| span[end].as_u64().unwrap() as usize;
        assert_eq!(span["text"], text[at("start")..at("end")]);
    }
    let with = |relation: &str| spans.iter().any(|span| span["relation"] == relation);
    assert!(with("foreign") && with("found"), "{spans:?}");
}

#[test]
fn only_the_labels_asked_for_are_explained() {
    let folder = model();
    let text = stdout(explain(&folder).args(["--json", "--label", "off_topic", "You idiot"]));
    let json: Value = serde_json::from_str(&text).unwrap();
    let explained: Vec<bool> = json["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|label| label["explanation"].is_object())
        .collect();
    assert_eq!(explained, [false, true]);
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = model();
    let stderr = |command: &mut Command| {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let error = stderr(explain(&folder).args(["--label", "insolt", "x"]));
    assert!(
        error.contains("no label `insolt`; it has insult, off_topic"),
        "{error}"
    );
    let error = stderr(explain(&folder).write_stdin(b"ab\xff".as_slice()));
    assert!(
        error.contains("standard input: byte 2 is not UTF-8"),
        "{error}"
    );
    let error = stderr(
        Command::cargo_bin("ombuds")
            .unwrap()
            .args(["explain", "--model", "/nowhere", "x"]),
    );
    assert!(
        error.contains("no model here")
            && error.ends_with("the one compiled in is called `default`\n"),
        "{error}"
    );
}

#[test]
fn every_label_that_asks_for_the_decision_is_named() {
    let mut explain = Command::cargo_bin("ombuds").unwrap();
    let run = explain
        .args([
            "explain",
            "You are a brainless 1d10t, and the council was right.",
        ])
        .assert()
        .success();
    let told = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    let first = told.lines().next().unwrap_or_default();
    assert_eq!(first, "decision: review (insult, toxicity)", "{told}");
}

#[test]
fn a_file_named_as_the_comment_is_told() {
    let run = Command::cargo_bin("ombuds")
        .unwrap()
        .args(["explain", "Cargo.toml"])
        .assert()
        .success();
    let told = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(
        told.contains("`Cargo.toml` is taken as a comment, not as a file"),
        "{told}"
    );
}

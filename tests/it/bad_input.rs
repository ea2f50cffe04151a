//! Bad input of every kind through `train`, `evaluate` and `flag`: told with its place and a remedy,
//! and nothing is lost.

mod models;
mod outputs;
mod rows;

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::evaluate::desk::{Desk, assert_has, stderr};

/// Sixty labelled comments on ten articles, every third an insult; row 1 stands on line 2.
fn rows() -> Vec<String> {
    const WORDS: [&str; 8] = [
        "tram", "bridge", "winter", "market", "school", "park", "rent", "bus",
    ];
    let row = |i: usize| {
        let text = ["what an idiot you are", "a fine piece", "thanks"][i % 3];
        let words = [i, i / 8, i * 5 + 3, i / 3 + 1]
            .map(|i| WORDS[i % 8])
            .join(" ");
        format!(
            "{i},a{},{text} {words} {i},{}",
            i / 6,
            u8::from(i.is_multiple_of(3))
        )
    };
    let header = "id,article_id,text,insult".to_owned();
    [header].into_iter().chain((0..60).map(row)).collect()
}

fn csv() -> String {
    rows().join("\n") + "\n"
}

/// The sixty comments with another line in place of line `number`, from 1.
fn csv_with(number: usize, line: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = rows().into_iter().map(String::into_bytes).collect();
    lines[number - 1] = line.to_vec();
    lines.join(&b'\n')
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const COMMANDS: [&str; 3] = ["train", "evaluate", "flag"];

/// One of the three on a file; what they write is `out.csv`, `out.json` and the model `out`.
fn command<'a>(name: &str, file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args: &[&str] = match name {
        "train" => &[
            "train", "--labels", "insult", "--bits", "12", "--model", "out", "--data",
        ],
        "evaluate" => &[
            "evaluate", "--model", "model", "--json", "out.json", "--data",
        ],
        _ => &["flag", "--model", "model", "-o", "out.csv"],
    };
    [args, &[file], more].concat()
}

/// A folder with outputs of earlier runs, and their content.
fn desk() -> (Desk, Vec<Vec<u8>>) {
    let desk = Desk::new();
    desk.file("good.csv", csv());
    for name in COMMANDS {
        desk.ok(&command(name, "good.csv", &[]));
    }
    let before = outputs(&desk);
    (desk, before)
}

fn outputs(desk: &Desk) -> Vec<Vec<u8>> {
    let model = [
        "model.safetensors",
        "config.toml",
        "metrics.json",
        "MODEL_CARD.md",
    ];
    let model = model.map(|name| desk.path("out").join(name));
    let files = [desk.path("out.csv"), desk.path("out.json")]
        .into_iter()
        .chain(model);
    files.map(|path| fs::read(path).unwrap()).collect()
}

/// No temporary file either.
#[track_caller]
fn assert_untouched(desk: &Desk, before: &[Vec<u8>], what: &str) {
    assert!(outputs(desk) == before, "{what}: outputs changed");
    let hidden = |folder: &Path| {
        let mut entries = fs::read_dir(folder).unwrap();
        entries.any(|entry| {
            entry
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with('.')
        })
    };
    assert!(
        !hidden(&desk.path("")) && !hidden(&desk.path("out")),
        "{what}: left a file"
    );
}

#[test]
fn a_column_that_is_not_there_is_told_with_the_nearest() {
    let (desk, before) = desk();
    for option in ["text", "id", "article-id", "parent-id", "author"] {
        let option = format!("--{option}-column");
        for name in COMMANDS {
            let error = desk.refused(&command(name, "good.csv", &[&option, "texts"]));
            let parts = [
                "good.csv: no column `texts`, did you mean `text`?",
                "id, article_id, text",
            ];
            assert_has(&error, &parts);
        }
    }
    for name in ["train", "evaluate"] {
        let error = desk.refused(&command(
            name,
            "good.csv",
            &["--label-map", "insult=insullt"],
        ));
        let parts = [
            "no column for label `insult`",
            "did you mean `insult`?",
            "--label-map",
        ];
        assert_has(&error, &parts);
    }
    assert_untouched(&desk, &before, "columns");
}

#[test]
fn unusable_files_are_refused_and_earlier_outputs_stay() {
    let (desk, before) = desk();
    let binary: Vec<u8> = (0..5000_u32)
        .flat_map(|i| (i.wrapping_mul(i).wrapping_mul(2_654_435)).to_le_bytes())
        .collect();
    let mut cut = gzip(csv().repeat(50).as_bytes());
    cut.truncate(cut.len() / 2);
    let blank = b"\n\r\n\n".to_vec();
    let zstd = zstd::encode_all(&b""[..], 0).unwrap();
    for (file, content, expected) in [
        ("e.csv", Vec::new(), "is empty; check how"),
        ("e.tsv", Vec::new(), "is empty"),
        ("e.jsonl", Vec::new(), "is empty"),
        ("e.csv.gz", gzip(b""), "is empty"),
        ("e.csv.zst", zstd, "is empty"),
        ("b.csv", blank.clone(), "is empty"),
        ("b.jsonl.gz", gzip(&blank), "is empty"),
        ("b.tsv", blank, "is empty"),
        (
            "x.csv",
            binary.clone(),
            "looks like a binary file (it has NUL bytes); export it as CSV",
        ),
        ("x.jsonl", binary, "looks like a binary file"),
        (
            "cut.csv.gz",
            cut,
            "cannot be read to its end; it may be cut short",
        ),
        (
            "h.csv",
            csv_with(1, b"id,article_id,te\xffxt,insult"),
            "header: byte 16 of the file",
        ),
        (
            "q.csv",
            csv_with(1, b"id,\"article_id,text,insult"),
            "header: quote opened on line 1",
        ),
        (
            "a.json",
            b"[{\"text\": \"x\"}]".to_vec(),
            "convert it with: jq -c '.[]'",
        ),
    ] {
        desk.file(file, content);
        for name in COMMANDS {
            let error = desk.refused(&command(name, file, &[]));
            assert_has(&error, &[&format!("error: {file}: "), expected]);
            assert_untouched(&desk, &before, file);
        }
    }
    for name in COMMANDS {
        assert_has(
            &desk.refused(&command(name, "-", &[])),
            &["standard input: is empty"],
        );
    }
    desk.file("header.csv", "id,article_id,text,insult\n");
    for name in ["train", "evaluate"] {
        assert_has(
            &desk.refused(&command(name, "header.csv", &[])),
            &["error: header.csv: "],
        );
    }
    desk.ok(&command("flag", "header.csv", &[]));
}

/// It can be read once: whoever opens it again waits for ever.
#[cfg(target_os = "linux")]
#[test]
fn a_named_pipe_is_read_once() {
    let (desk, _) = desk();
    for name in ["train", "evaluate"] {
        let script = "mkfifo pipe.csv; cat good.csv > pipe.csv & timeout 60 \"$0\" \"$@\"; s=$?; rm pipe.csv; exit $s";
        let mut shell = std::process::Command::new("sh");
        shell
            .current_dir(desk.path(""))
            .args(["-c", script])
            .arg(assert_cmd::cargo::cargo_bin!("ombuds"));
        let output = shell.args(command(name, "pipe.csv", &[])).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
}

#[test]
fn articles_that_are_missing_or_say_nothing_are_told() {
    let (desk, _) = desk();
    desk.file(
        "some.csv",
        "article_id,title\na0,Bridge\na0,Bridge\na1,Road\na1,Tram\n,Gone\n",
    );
    desk.file("bare.csv", "article_id,url\na0,x\n");
    desk.file("no_id.csv", "title\nBridge\n");
    desk.file("bad.csv", "article_id,title\na0,x\na1,x,y\n");
    desk.file("no_article.csv", csv().replace("article_id", "section"));
    let strays = "48 comments stand under articles that the file of articles lacks, such as `a2` \
         (it has `a0`); they are taken without one: give it those articles, or the comments its identifiers";
    let repeated = "some.csv: articles with the id of another, left out: 1";
    let bad_row = "warning: bad.csv: row 2 (line 3): expected 2 fields, got 3; quote cells";
    for (data, articles, status, parts) in [
        (
            "good.csv",
            "some.csv",
            0,
            &[strays, repeated, "without an id, left out: 1"][..],
        ),
        (
            "good.csv",
            "bare.csv",
            0,
            &["bare.csv: has no title, lead or body"],
        ),
        (
            "good.csv",
            "bad.csv",
            0,
            &[bad_row, "bad.csv: 1 of 2 rows cannot be used; left out"],
        ),
        (
            "good.csv",
            "no_id.csv",
            2,
            &["no_id.csv: no column looks like the id", "rename it"],
        ),
        (
            "no_article.csv",
            "some.csv",
            0,
            &["some.csv is of no use", "--article-id-column"],
        ),
    ] {
        for name in COMMANDS {
            let output = desk.run(&command(name, data, &["--articles", articles]));
            assert_eq!(output.status.code(), Some(status), "{}", stderr(&output));
            assert_has(&stderr(&output), parts);
        }
    }
    let strict = command("flag", "good.csv", &["--articles", "bad.csv", "--strict"]);
    assert_has(
        &desk.refused(&strict),
        &["bad.csv: 1 of 2 rows cannot be used (--strict)"],
    );
}

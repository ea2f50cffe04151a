//! `ombuds evaluate --report`: the page as a parser and as a browser sees it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use dom_query::Document;
use ombuds::report::number;
use serde_json::Value;

use super::desk::{Desk, EVALUATE, assert_has, with};

const HOSTILE: &str =
    "</script><script>alert(1)</script> <b>idiot</b> \u{202e}x\u{0}y <img src=x onerror=alert(1)>";

/// A hundred and twenty comments of two sections, some of them hostile; labels partly wrong.
fn comments(desk: &Desk) {
    let mut rows = String::new();
    for i in 0..120 {
        let text = match i % 4 {
            0 => format!("what an idiot you are {i}"),
            1 => format!("{HOSTILE} {i}"),
            2 => format!("a fine piece {i}, thanks to all who wrote it and to the photographer"),
            _ => format!("I do not know {i}"),
        };
        let insult = u8::from(i % 4 == 0) ^ u8::from(i % 11 == 10);
        let article = ["a1", "a2"][usize::from(i % 3 == 0)];
        let row = serde_json::json!({
            "text": text, "insult": insult, "article_id": article, "desk": HOSTILE[..i % 2].to_owned() + "night",
        });
        let _ = writeln!(rows, "{row}");
    }
    desk.file("comments.jsonl", &rows);
    desk.file(
        "articles.csv",
        "article_id,title,section\na1,Ferry late,town\na2,Cup won,<i>sports</i>\n",
    );
}

const REPORT: [&str; 9] = [
    "evaluate",
    "--model",
    "model",
    "--data",
    "comments.jsonl",
    "--articles",
    "articles.csv",
    "--report",
    "report.html",
];

fn page(desk: &Desk, more: &[&str]) -> String {
    desk.ok(&with(&REPORT, more));
    fs::read_to_string(desk.path("report.html")).unwrap()
}

#[test]
fn the_page_is_well_formed_and_no_comment_gets_out_of_its_quotes() {
    let desk = Desk::new();
    comments(&desk);
    let html = page(&desk, &["--group-by", "desk"]);
    let document = Document::from(html.as_str());
    let errors = document.errors.borrow();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(!html.contains(['\0', '\u{202e}']));
    assert_eq!(document.select("script").length(), 1);
    assert_eq!(document.select("img, b > b, i").length(), 0);
    assert!(document.select("blockquote mark").length() > 0);
    let kinds = document
        .select("table.by th:first-child")
        .text()
        .to_string();
    assert_has(&kinds, &["length", "section of the article", "desk"]);
    assert_has(
        &document.select("table.by td:first-child").text(),
        &["<i>sports</i>", "<night"],
    );
}

#[test]
fn figures_of_the_page_are_those_of_the_json() {
    let desk = Desk::new();
    comments(&desk);
    let html = page(&desk, &["--json", "report.json"]);
    let json: Value = serde_json::from_slice(&fs::read(desk.path("report.json")).unwrap()).unwrap();
    let document = Document::from(html.as_str());
    let label = &json["labels"][0];
    let figure = |value: &Value| format!("{:.3}", value.as_f64().unwrap());
    let notes = document.select("figure .note").text().to_string();
    for area in ["roc_auc", "average_precision"] {
        assert_has(&notes, &[&figure(&label["report"][area]["value"])]);
    }
    let groups = &json["inspection"]["labels"][0]["groupings"];
    let shown = document.select("table.by").text().to_string();
    assert_eq!(groups.as_array().unwrap().len(), 2, "length and section");
    for grouping in groups.as_array().unwrap() {
        for group in grouping["groups"].as_array().unwrap() {
            let recall = group["recall"]["value"].as_f64().unwrap();
            let positives = group["positives"].as_f64().unwrap();
            let told = if positives < 20.0 {
                let found = number::count(recall * positives);
                format!("{found} of {}", number::count(positives))
            } else {
                format!("{recall:.3}")
            };
            assert_has(&shown, &[group["value"].as_str().unwrap(), &told]);
        }
    }
    assert!(!json.to_string().contains("idiot"), "texts are no figures");
    let plain = desk.ok(&[
        "evaluate",
        "--model",
        "model",
        "--data",
        "comments.jsonl",
        "--json",
        "-",
    ]);
    assert!(!plain.contains("inspection"));
}

#[test]
fn few_rows_one_class_and_wrong_arguments() {
    let desk = Desk::new();
    comments(&desk);
    desk.file("one.csv", "text,insult\nhello,0\n");
    desk.file("all.csv", "text,insult\nan idiot,1\nsuch an idiot,1\n");
    for (file, says) in [
        ("one.csv", "None has the label"),
        ("all.csv", "All have the label"),
    ] {
        let args = [
            "evaluate", "--model", "model", "--report", "few.html", "--data", file,
        ];
        desk.ok(&args);
        let html = fs::read_to_string(desk.path("few.html")).unwrap();
        assert_has(&html, &[says]);
        assert!(!html.contains("NaN"));
        assert!(Document::from(html.as_str()).errors.borrow().is_empty());
    }
    for (more, says) in [
        (vec!["--group-by", "dsk"], "desk"),
        (
            vec!["--labels", "threat"],
            "the model has no label `threat`",
        ),
        (vec!["--json", "report.html"], "cannot be the same file"),
    ] {
        assert_has(&desk.refused(&with(&REPORT, &more)), &[says]);
    }
    let mut held_out = EVALUATE.to_vec();
    held_out.extend(["--group-by", "desk"]);
    assert_eq!(
        desk.run(&held_out).status.code(),
        Some(2),
        "no page to group on"
    );
}

/// What a headless Chromium makes of a page; `None` if there is none on this machine.
fn dom_in_chromium(page: &Path, profile: &Path) -> Option<String> {
    let mut chromium = Command::new("chromium");
    chromium.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--dump-dom",
    ]);
    chromium.arg(format!("--user-data-dir={}", profile.display()));
    let output = chromium
        .arg(format!("file://{}", page.display()))
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
#[allow(clippy::print_stderr)] // says that it skips
fn a_browser_runs_the_slider_and_nothing_else() {
    let desk = Desk::new();
    comments(&desk);
    let html = page(&desk, &[]);
    let Some(dom) = dom_in_chromium(&desk.path("report.html"), &desk.path("profile")) else {
        eprintln!("skipped: no `chromium` on PATH");
        return;
    };
    let document = Document::from(dom.as_str());
    assert_eq!(document.select(".slider[hidden]").length(), 0, "{dom}");
    let cell = |document: &Document, name: &str| {
        document
            .select(&format!("[data-cell={name}]"))
            .text()
            .to_string()
    };
    assert!(cell(&document, "threshold").starts_with("0."), "{dom}");
    // The policy lets no script of ours in either, so it is taken off for the thumb to be moved.
    let rows = document.select(".slider").attr("data-rows").unwrap();
    let rows: Vec<Vec<Option<f64>>> = serde_json::from_str(&rows).unwrap();
    let start = html.find("<meta http-equiv").unwrap();
    let end = start + html[start..].find('>').unwrap() + 1;
    let move_to_0 = "<script>const i = document.querySelector('input'); i.value = 0; \
                     i.dispatchEvent(new Event('input'));</script></body>";
    let moved = format!("{}{}", &html[..start], &html[end..]).replace("</body>", move_to_0);
    desk.file("moved.html", moved);
    let dom = dom_in_chromium(&desk.path("moved.html"), &desk.path("profile")).unwrap();
    let document = Document::from(dom.as_str());
    assert_eq!(
        cell(&document, "threshold"),
        number::threshold(rows[0][0].unwrap())
    );
    let queue = rows[0][1].unwrap();
    assert_eq!(cell(&document, "queue"), number::count(queue));
}

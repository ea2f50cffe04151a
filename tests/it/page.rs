//! `ombuds page` and pages given to `ombuds flag`: what is the article, what are the comments.

mod laws;
mod real;

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use ombuds::data::{ArticleStore, InputOptions};
use ombuds::page::{Page, PageFormat};
use serde_json::Value;

use crate::flag::desk::{Desk, Run, cells, column};

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pages");

fn fixture(name: &str) -> String {
    fs::read_to_string(Path::new(PAGES).join(name)).unwrap()
}

fn page(name: &str) -> Page {
    let format = PageFormat::from_name(name).unwrap();
    Page::read(&fixture(name), name, format).unwrap()
}

/// Each comment as `id<parent author: text`, paragraphs joined by `/`.
fn brief(page: &Page) -> Vec<String> {
    let comments = page.comments.iter().map(|comment| {
        let parent = comment.parent_id.as_deref().unwrap_or("-");
        let author = comment.author.as_deref().unwrap_or("?");
        format!(
            "{}<{parent} {author}: {}",
            comment.id,
            comment.text.replace("\n\n", "/")
        )
    });
    comments.collect()
}

fn ombuds(desk: &Desk, args: &[&str]) -> Run {
    let mut command = Command::new(cargo_bin("ombuds"));
    Run::of(
        &command
            .current_dir(desk.0.path())
            .args(args)
            .output()
            .unwrap(),
    )
}

fn rows(jsonl: &str) -> Vec<Value> {
    jsonl
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_rows_of_a_page_are_articles_by_their_address() {
    let desk = Desk::new();
    desk.file("lock.html", fixture("json-ld.html"));
    let run = ombuds(&desk, &["page", "lock.html"]).ok();
    let path = desk.file("lock.jsonl", &run.stdout);
    let store = ArticleStore::load(path, &InputOptions::default()).unwrap();
    let article = store.by_url("lantern.example/news/swans-close-lock/?from=feed#comments");
    let article = article.unwrap();
    assert_eq!(article.url, "https://lantern.example/news/swans-close-lock");
    assert_eq!(article.published, "2024-04-19T08:00:00Z");
    assert_eq!(**article, page("json-ld.html").article);
}

#[test]
fn comments_of_every_kind_of_page() {
    for (name, expected) in [
        (
            "json-ld.html",
            &[
                "#c1<- Barge Bill: Two days I have waited./Move the nest & be done.",
                "#c2<#c1 Heron: Wait two more, you bully.",
                "#c3<- Odile Marsh: The towpath is lovely this week.",
                "#c4<#c3 lockkeeper: It is, and mind the geese.",
            ][..],
        ),
        (
            "microdata.html",
            &[
                "k11<- Late Shift Lou: Finally home before three./Thank you.",
                "k12<k11 Grump_of_Gorse_Lane: And who sleeps under your window, genius? 3 < 40 dB, is it?",
                "k13<- Pia: Will it stop at the baths?",
            ],
        ),
        (
            "wordpress.html",
            &[
                "comment-41<- Margit R.: He fixed my mother’s Erika twice./Who will do it now?",
                "comment-42<comment-41 QWERTZ king: Nobody, because people like you bought laptops, you hypocrite.",
                "comment-44<- Dr. Ana Lima: The man with the letter E worries me. 😀",
            ],
        ),
        (
            "copied-ferry.txt",
            &[
                "1<- Saltbeard: Typical. The dredger has been broken since spring and not one of these clowns called a mechanic./Nine pupils, one stove, no boat.",
                "2<- Old Mrs Frost: @Saltbeard Then row, you lazy lump.",
                "3<- H.: 42",
            ],
        ),
        (
            "copied-turm.txt",
            &[
                "1<- Turmfalke: Endlich eine Uhr, die zu dieser Verwaltung passt.",
                "2<- Lotte K.: Immer nur meckern!/Mein Großvater hat das Werk noch selbst geölt.",
                "3<- Turmfalke: @Lotte K.: Dann frag ihn doch, du Trantüte.",
            ],
        ),
        ("no-comments.html", &[]),
    ] {
        assert_eq!(brief(&page(name)), expected, "{name}");
    }
}

#[test]
fn articles_of_every_kind_of_page() {
    for (name, title, lead, begin, end, n_paragraphs) in [
        (
            "json-ld.html",
            "Swans close the lock at Oxmere",
            "Boats wait while a pair nests on the gate.",
            "The lower lock",
            "two mornings.",
            3,
        ),
        (
            "microdata.html",
            "Night buses get a fourth line",
            "From June the N4 runs to the quarry.",
            "The town will run",
            "tram stopped.",
            2,
        ),
        (
            "wordpress.html",
            "The last typewriter shop",
            "A visit before the shutters come down.",
            "Mr Oduya",
            "every one of them.",
            3,
        ),
        (
            "copied-ferry.txt",
            "Ferry to Skarre Island stops for the winter",
            "The council blames the dredger; islanders blame the council.",
            "The ferry between",
            "ride along.",
            3,
        ),
        (
            "copied-turm.txt",
            "Uhr am Rabenturm geht wieder, aber rückwärts",
            "Der Uhrmacher spricht von einem Versehen, die Wirte von einem Glücksfall.",
            "Nach elf Jahren",
            "immer früher wird.",
            3,
        ),
        (
            "no-comments.html",
            "Town buys a second-hand moon",
            "",
            "The lantern parade",
            "end of the month.",
            3,
        ),
    ] {
        let article = page(name).article;
        assert_eq!((&*article.title, &*article.lead), (title, lead), "{name}");
        let body = &article.body;
        assert!(
            body.starts_with(begin) && body.ends_with(end),
            "{name} {body}"
        );
        assert_eq!(body.split("\n\n").count(), n_paragraphs, "{name} {body}");
    }
}

#[test]
fn rows_are_printed_and_what_was_left_out_is_told() {
    let desk = Desk::new();
    desk.file("ferry.txt", fixture("copied-ferry.txt"));
    let run = ombuds(&desk, &["page", "ferry.txt", "--explain"]).ok();
    let rows = rows(&run.stdout);
    let kinds: Vec<&Value> = rows.iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["article", "comment", "comment", "comment"]);
    assert_eq!(
        (&rows[0]["id"], &rows[1]["article_id"]),
        (&"ferry.txt".into(), &"ferry.txt".into())
    );
    for expected in [
        "   51  display name        Old Mrs Frost\n",
        "   16  share line          Facebook\n",
        "note: 3 comments, 3 with a display name, told apart by the lines between name and text\n",
        " lines of furniture left out (advertising 1, ",
    ] {
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
    let run = ombuds(&desk, &["page", "ferry.txt", "--format=html"]).ok();
    assert!(run.stderr.contains("no comments found"), "{}", run.stderr);
}

#[test]
fn written_rows_are_flagged_as_they_are_with_the_article_as_context() {
    let desk = Desk::new();
    desk.file("lock.html", fixture("json-ld.html"));
    let written = ombuds(&desk, &["page", "lock.html"]).ok();
    desk.file("lock.jsonl", &written.stdout);
    let from_rows = desk.run(&["lock.jsonl", "--strict"]).ok();
    let rows = rows(&from_rows.stdout);
    assert_eq!(rows.len(), 4, "{}", from_rows.stdout);
    let from_page = desk.run(&["lock.html"]).ok();
    let scores = column(&from_page.stdout, "insult_score");
    for (row, score) in rows.iter().zip(&scores) {
        assert_eq!(&row["insult_score"].to_string(), score);
    }
    let articles = desk
        .run(&["lock.jsonl", "--articles", "lock.jsonl", "--strict"])
        .ok();
    assert_eq!(articles.stdout, from_rows.stdout);
}

#[test]
fn a_page_is_flagged_in_columns_of_its_own() {
    let desk = Desk::new();
    desk.file(
        "shop.html",
        fixture("wordpress.html").replace("worries me.", "is an idiot."),
    );
    let run = desk.run(&["shop.html"]).ok();
    let header = "id,parent_id,author,text,insult_score,insult_flag,";
    assert!(run.stdout.starts_with(header), "{}", run.stdout);
    let rows = cells(&run.stdout);
    assert_eq!(rows[1]["parent_id"], "comment-41");
    assert_eq!(
        rows[0]["text"],
        "He fixed my mother’s Erika twice.\n\nWho will do it now?"
    );
    assert_eq!(
        (&*rows[0]["insult_flag"], &*rows[2]["insult_flag"]),
        ("0", "1")
    );
    let told = "note: shop.html: 3 comments by the mark-up of WordPress";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    // By option where the name says nothing, and from standard input.
    let html = fixture("wordpress.html");
    let run = desk
        .run_with_input(&["-", "--format", "page"], html.as_bytes())
        .ok();
    assert_eq!(
        column(&run.stdout, "id"),
        ["comment-41", "comment-42", "comment-44"]
    );
    // A table with the extension of a page is one by option.
    desk.file("table.txt", "id,text\n1,you are an idiot\n");
    let run = desk.run(&["table.txt", "--format", "csv"]).ok();
    assert_eq!(column(&run.stdout, "insult_flag"), ["1"]);
    // A page without comments has no rows.
    desk.file("moon.html", fixture("no-comments.html"));
    let run = desk.run(&["moon.html"]).ok();
    assert_eq!(run.stdout.lines().count(), 1);
    assert!(run.stderr.contains("no comments found"), "{}", run.stderr);
}

#[test]
fn one_article_for_a_whole_file() {
    let desk = Desk::new();
    let comments = "id,text\n1,the moon is dented and the ropes are old\n";
    desk.file("in.csv", comments);
    desk.file("moon.html", fixture("no-comments.html"));
    desk.file(
        "moon.txt",
        "Town buys a second-hand moon\nThe moon hangs on ropes.\n",
    );
    desk.file(
        "articles.csv",
        "id,title,body\nm,Town buys a second-hand moon,The moon hangs on ropes.\n",
    );
    desk.file(
        "with_id.csv",
        "id,text,article_id\n1,the moon is dented and the ropes are old,m\n",
    );
    let scores = |args: &[&str]| column(&desk.run(args).ok().stdout, "insult_score");
    let by_text = scores(&["in.csv", "--article", "moon.txt"]);
    assert_eq!(
        by_text,
        scores(&["with_id.csv", "--articles", "articles.csv"])
    );
    scores(&["in.csv", "--article", "moon.html"]);
    let run = desk.run(&[
        "in.csv",
        "--article",
        "moon.txt",
        "--articles",
        "articles.csv",
    ]);
    assert_eq!(run.status, 2);
    let expected =
        "--article is one article for all comments and --articles a file of many; name only one";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    let run = desk.run(&["moon.html", "--articles", "articles.csv"]);
    assert!(
        run.stderr.contains("a page holds its own article"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_no_page_says_what_to_do() {
    let desk = Desk::new();
    desk.file("a.mht", "From: <Saved by a browser>\n");
    desk.file("deep.html", "<div>".repeat(100_000));
    desk.file("a.csv", "id,text\n");
    for (args, expected) in [
        (
            &["flag", "a.mht"][..],
            "a.mht: is a web archive, which is not read; save the page as HTML or as text",
        ),
        (
            &["page", "deep.html"],
            "its elements are nested more than 512 deep; save the page as text",
        ),
        (
            &["page", "none.html"],
            "none.html: no such file; check the path",
        ),
        (
            &["page", "a.csv", "--format", "pdf"],
            "`pdf` is not html or text",
        ),
        (
            &["evaluate", "--data", "a.csv", "--format", "page"],
            "only `ombuds flag` reads pages",
        ),
    ] {
        let run = ombuds(&desk, args);
        assert_eq!(run.status, 2, "{args:?}");
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
}

#[test]
fn quarrels_on_a_page_are_flagged_and_not_what_is_about_its_article() {
    let page = Path::new(PAGES).join("copied-quarrel.txt");
    let flagged = ombuds(&Desk::new(), &["flag", page.to_str().unwrap()]).ok();
    for name in ["insult_flag", "off_topic_flag"] {
        assert_eq!(column(&flagged.stdout, name), ["1", "1", "0"], "{name}");
    }
}

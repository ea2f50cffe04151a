//! The real page, where it stands beside the corpora: what is read of it, and what the default model makes of that.

use std::fs;

use ombuds::page::Page;

use super::ombuds;
use crate::corpora::real_page;
use crate::flag::desk::{Desk, column};

#[test]
fn the_real_page_has_two_comments_and_an_article_without_furniture() {
    let Some(path) = real_page() else {
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let page = Page::from_text(&text, "page.txt");
    let authors: Vec<_> = page
        .comments
        .iter()
        .map(|comment| comment.author.as_deref())
        .collect();
    assert_eq!(authors, [Some("Comrade Jack"), Some("Trumptard destroyer")]);
    let texts: Vec<&str> = page.comments.iter().map(|comment| &*comment.text).collect();
    // Each is one whole line of the page: the fourth of its comment.
    let (before, after) = text.split_once("Comments (2)").unwrap();
    let expected: Vec<&str> = after.lines().skip(4).step_by(4).collect();
    assert_eq!(texts, expected);
    assert_eq!(page.article.title, "");
    let body = &page.article.body;
    // The teaser is the headline and the blurb after its heading, and the headline once more before it.
    let (_, block) = before.split_once("Other Topics of Interest").unwrap();
    let mut teaser = block.lines().filter(|line| !line.trim().is_empty());
    let furniture = [
        "Other Topics",
        teaser.next().unwrap(),
        teaser.next().unwrap(),
        "correction",
        "Ctrl",
        "Comments",
        "spoilers",
    ];
    for words in furniture {
        assert!(!body.contains(words), "{words} in {body}");
    }
    // All else is there.
    let is_body = |line: &&str| {
        !line.trim().is_empty() && !furniture.iter().any(|words| line.contains(words))
    };
    let paragraphs: Vec<&str> = before.lines().filter(is_body).map(str::trim).collect();
    assert_eq!(body.split("\n\n").collect::<Vec<_>>(), paragraphs);
}

#[test]
fn both_comments_of_the_real_page_are_flagged() {
    let Some(path) = real_page() else {
        return;
    };
    let flagged = ombuds(&Desk::new(), &["flag", path.to_str().unwrap()]).ok();
    for name in ["insult_flag", "off_topic_flag"] {
        assert_eq!(column(&flagged.stdout, name), ["1", "1"], "{name}");
    }
}

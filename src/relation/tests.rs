//! Relations on small texts with vectors made by hand, and what holds for any text.

mod contexts;

use std::sync::Arc;

use super::*;
use crate::comment::Article;
use vectors::WordVectors;
use vectors::tests::vectors;

/// `council` and `mayor` are near each other (cosine .8), `cars` and `bus` as well; `council` and `cars`
/// have nothing to do with each other.
fn words() -> Arc<WordVectors> {
    Arc::new(vectors(&[
        ("council", [10, 0], 1.0),
        ("mayor", [8, 6], 1.0),
        ("cars", [0, 10], 0.5),
        ("bus", [-6, 8], 2.0),
    ]))
}

/// A reader and what it needs.
struct Desk {
    reader: RelationReader,
    view: TextView,
    tables: TextTables,
    space: Space,
}

impl Desk {
    fn new() -> Self {
        Self::with_background(&[])
    }

    fn with_background(articles: &[Article]) -> Self {
        let tables = TextTables::shipped();
        Self {
            reader: RelationReader::default(),
            view: TextView::default(),
            space: Space::new(words(), articles, &tables),
            tables,
        }
    }

    fn read(&mut self, text: &str, article: Option<&Article>, parent: Option<&str>) -> Relation {
        self.view.parse(text, &self.tables);
        let comment = Comment {
            text,
            author: None,
            article,
            parent,
            parent_author: None,
            thread: None,
        };
        self.reader
            .read(&comment, &self.view, &self.tables, &self.space)
    }

    /// One value, by its name.
    fn value(&mut self, name: &str, text: &str, article: &Article) -> f64 {
        of(&self.read(text, Some(article), None), name)
    }
}

fn of(relation: &Relation, name: &str) -> f64 {
    let column = RELATION_COLUMNS.iter().position(|column| *column == name);
    relation.row[column.expect("a column")]
}

fn bits(relation: &Relation) -> [u64; RELATION_COLUMNS.len()] {
    relation.row.map(f64::to_bits)
}

fn article(title: &str, body: &str) -> Article {
    Article {
        title: title.to_owned(),
        body: body.to_owned(),
        ..Article::default()
    }
}

/// Compares some columns with values computed by hand.
fn assert_row(found: &Relation, expected: &[(&str, f64)]) {
    for (name, expected) in expected {
        let found = of(found, name);
        assert!(
            (found - expected).abs() < 1e-5,
            "{name}: {found}, not {expected}"
        );
    }
}

const TEXT: &str = "The mayor and the council wasted money";

#[test]
fn columns_of_an_article_are_as_computed_by_hand() {
    let article = article("Council bans cars", "Mayor defends plan.");
    let relation = Desk::new().read(TEXT, Some(&article), None);
    assert_eq!(relation.silence, None);
    // mayor 1, council 1, wasted 1.5, money 1.5 against council 1, bans 1.5, cars .5; defends, plan.
    let headline = 2.1 / (3.6_f64 * 1.25).sqrt();
    let expected = [
        ("no article", 0.0),
        ("words found in the article", 2.0 / 5.0),
        ("no word found in the article", 0.0),
        ("headline words taken up", 1.0 / 3.0),
        (
            "words shared with the headline",
            1.0 / (6.5_f64 * 3.5).sqrt(),
        ),
        ("spellings found in the article", 10.0 / 19.0),
        ("names and rare words shared", 0.0),
        (
            "closeness in meaning to the article",
            3.9 / (3.6_f64 * 4.45).sqrt(),
        ),
        ("closeness in meaning to the headline", headline),
        ("closeness in meaning to one sentence", headline),
        ("closeness of words to headline words", 0.9),
        ("closeness of headline words to words", 1.3 / 1.5),
        ("closeness of the closest words", 1.0),
        ("close pairs of words", 1.1 / 3.0_f64.sqrt()),
        ("closeness beside other articles", 0.0),
        ("is a reply", 0.0),
        ("words shared with the parent", 0.0),
        ("closeness in meaning to the parent", 0.0),
        ("closeness of words to the parent's", 0.0),
        ("number of content words", 5.0_f64.ln()),
        ("few content words", 0.2),
        ("words that point back", 0.0),
        ("talk about the site", 0.0),
        ("selling", 0.0),
        ("closeness in meaning, by length", headline * 5.0_f64.ln()),
        ("no approved comments known", 1.0),
        ("words found in approved comments", 0.0),
        ("closeness in meaning to approved comments", 0.0),
        ("closeness in meaning to one approved comment", 0.0),
        ("words shared with the thread's start", 0.0),
        ("closeness in meaning to the thread's start", 0.0),
        ("names a commenter", 0.0),
        ("talk about a commenter", 0.0),
    ];
    assert_eq!(expected.map(|(name, _)| name), RELATION_COLUMNS);
    assert_row(&relation, &expected);
}

#[test]
fn columns_of_a_parent_are_as_computed_by_hand() {
    let relation = Desk::new().read(TEXT, None, Some("The council's bus"));
    assert_eq!(relation.silence, Some(Silence::TooShort));
    assert_row(
        &relation,
        &[
            ("no article", 1.0),
            ("is a reply", 1.0),
            ("words shared with the parent", 0.2),
            (
                "closeness in meaning to the parent",
                0.6 / (3.6_f64 * 2.6).sqrt(),
            ),
            ("closeness of words to the parent's", 0.9),
        ],
    );
}

#[test]
fn columns_of_the_discussion_are_as_computed_by_hand() {
    let mut article = article("Council bans cars", "");
    article.approved = vec!["The mayor wasted money".into(), "Pizza!".into()];
    let relation = Desk::new().read(TEXT, Some(&article), None);
    let close = of(&relation, "closeness in meaning to one approved comment");
    let mean = of(&relation, "closeness in meaning to approved comments");
    assert!(close > 0.9 && (mean - close).abs() < 1e-6, "{close} {mean}");
    assert_row(
        &relation,
        &[
            ("no approved comments known", 0.0),
            ("words found in approved comments", 4.0 / 5.0),
        ],
    );
}

#[test]
fn the_start_of_a_thread_is_read_beside_the_parent() {
    let mut desk = Desk::new();
    desk.view.parse(TEXT, &desk.tables);
    let mut comment = Comment {
        text: TEXT,
        parent: Some("The council's bus"),
        ..Comment::default()
    };
    let without = desk
        .reader
        .read(&comment, &desk.view, &desk.tables, &desk.space);
    comment.thread = Some("Who is the mayor?");
    let with = desk
        .reader
        .read(&comment, &desk.view, &desk.tables, &desk.space);
    assert_row(
        &with,
        &[("words shared with the thread's start", 1.0 / 5.0)],
    );
    assert!(of(&with, "closeness in meaning to the thread's start") > 0.2);
    assert_eq!(without.row[..29], with.row[..29]);
}

#[test]
fn a_comment_on_nothing_of_the_article_finds_no_word() {
    let article = article("Council bans cars", "Mayor defends plan.");
    let relation = Desk::new().read("Pizza tastes great", Some(&article), None);
    assert_row(
        &relation,
        &[
            ("words found in the article", 0.0),
            ("no word found in the article", 1.0),
            ("headline words taken up", 0.0),
            ("closeness in meaning to the article", 0.0),
            ("closeness of the closest words", 0.0),
        ],
    );
}

#[test]
fn names_numbers_and_rare_words_tell_and_common_words_do_not() {
    let article = article("Wexcombe council bans 4000 cars", "");
    let mut desk = Desk::new();
    let name = "names and rare words shared";
    for (text, n_shared) in [
        ("The council likes pizza", 0.0_f64),
        ("Wexcombe likes pizza", 1.0),
        ("Wexcombe's 4000 likes pizza", 2.0),
    ] {
        let found = desk.value(name, text, &article);
        assert!((found - n_shared.ln_1p()).abs() < 1e-9, "{text}: {found}");
    }
}

#[test]
fn words_are_found_in_other_forms() {
    let article = article("Drivers strike", "");
    let mut desk = Desk::new();
    let name = "words found in the article";
    assert_eq!(desk.value(name, "driver's striking", &article), 1.0);
    assert_eq!(desk.value(name, "drifting strips", &article), 0.0);
    // A misspelling shares no word, and some spellings.
    let text = "drvers everywhere";
    assert_eq!(desk.value(name, text, &article), 0.0);
    let spellings = desk.value("spellings found in the article", text, &article);
    assert!((spellings - 2.0 / 14.0).abs() < 1e-6, "{spellings}");
}

#[test]
fn forms_of_one_word_count_once_in_a_cosine() {
    let article = article("Strike", "");
    let mut desk = Desk::new();
    let name = "words shared with the headline";
    let found = desk.value(name, "Strike, strikes, striking, strikers!", &article);
    assert_eq!(found, 1.0);
    let found = desk.value(name, "Strike, strikes and pizza", &article);
    assert!((found - 0.5_f64.sqrt()).abs() < 1e-6, "{found}");
}

#[test]
fn one_sentence_can_be_close_where_the_article_is_not() {
    let body =
        "The council met again yesterday evening. Bus drivers asked about every bus timetable.";
    let article = article("Council met", body);
    let mut desk = Desk::new();
    let mut value = |name| desk.value(name, "More bus lanes", &article);
    assert!(value("closeness in meaning to the headline") < 0.0);
    assert!((value("closeness in meaning to one sentence") - 1.0).abs() < 1e-5);
    assert!(value("closeness in meaning to the article") < 0.95);
}

#[test]
fn contrast_is_above_the_background_in_its_spread() {
    let background: Vec<Article> = ["council", "bus"]
        .iter()
        .cycle()
        .take(8)
        .map(|title| article(title, "Bodies are not read: cars cars."))
        .collect();
    let own = article("Council", "");
    let name = "closeness beside other articles";
    let found = Desk::with_background(&background).value(name, "Council taxes", &own);
    // Cosines 1 and -.6 to the background, 1 to the headline.
    assert!((found - 0.8 / 0.82).abs() < 1e-5, "{found}");
    let few = Desk::with_background(&background[..7]).value(name, "Council taxes", &own);
    assert_eq!(few, 0.0);
}

//! Relations on small texts with vectors made by hand, and what holds for any text.

use proptest::prelude::*;

use super::*;
use crate::text::MAX_TEXT_BYTES;
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

#[test]
fn own_words_are_counted_whatever_the_context() {
    let article = article("Council bans cars", "");
    let text = "That is wrong: my comment was deleted, buy crypto";
    let relation = Desk::new().read(text, Some(&article), None);
    // wrong, comment, deleted, buy, crypto; two of nine words point back: that, wrong.
    assert_row(
        &relation,
        &[
            ("number of content words", 6.0_f64.ln()),
            ("words that point back", 2.0 / 9.0),
            ("talk about the site", 3.0_f64.ln()),
            ("selling", 3.0_f64.ln()),
        ],
    );
}

#[test]
fn what_cannot_be_told_is_silent() {
    let news = article("Council bans cars", "");
    let (blank, hollow) = (article(" ", ""), article("It is what it is", "And so on."));
    let long = "Nothing here concerns anybody living near pizza ovens tonight";
    let mut desk = Desk::new();
    let no_context = Some(Silence::NoContext);
    for (text, article, parent, expected) in [
        (long, None, None, no_context),
        ("Why was my comment deleted?", None, None, no_context),
        ("", None, None, no_context),
        // A context without a word to compare with is none.
        (long, Some(&blank), None, no_context),
        (long, Some(&hollow), None, no_context),
        (long, None, Some("Yes, that is it."), no_context),
        (long, None, Some(""), no_context),
        (long, Some(&blank), Some("Cars are banned"), None),
        ("", Some(&news), None, Some(Silence::TooShort)),
        ("Nope.", Some(&news), None, Some(Silence::TooShort)),
        (
            "It is what it is",
            Some(&news),
            None,
            Some(Silence::TooShort),
        ),
        ("🤡🤡🤡", Some(&news), None, Some(Silence::TooShort)),
        (
            "Pizza!",
            None,
            Some("Cars are banned"),
            Some(Silence::TooShort),
        ),
        (
            "Not in my lifetime, sadly.",
            Some(&news),
            Some("Cars are banned"),
            Some(Silence::TooShort),
        ),
        (long, Some(&news), None, None),
        (long, None, Some("Cars are banned"), None),
        // A link, talk about the site and selling speak for themselves.
        ("https://pizza.example/deal", Some(&news), None, None),
        ("Censorship!", Some(&news), None, None),
        ("Casino", Some(&news), None, None),
    ] {
        let found = desk.read(text, article, parent).silence;
        assert_eq!(found, expected, "{text:?} {article:?} {parent:?}");
    }
}

#[test]
fn a_parent_stands_in_for_an_article_that_is_missing_or_has_no_words() {
    let text = "The mayor bans a bus and pizza";
    let parent = "Council bans all cars and every bus";
    let mut desk = Desk::new();
    let by_article = bits(&desk.read(text, Some(&article(parent, "")), None));
    for missing in [None, Some(&article("", "It is so."))] {
        let relation = desk.read(text, missing, Some(parent));
        assert_eq!(of(&relation, "no article"), 1.0);
        let by_parent = bits(&relation);
        for column in (1..15).chain(19..RELATION_COLUMNS.len()) {
            let name = RELATION_COLUMNS[column];
            assert_eq!(by_parent[column], by_article[column], "{name}");
        }
    }
    // With an article the parent does not.
    let pizza = article("Pizza", "");
    let both = bits(&desk.read(text, Some(&pizza), Some(parent)));
    let alone = bits(&desk.read(text, Some(&pizza), None));
    assert_eq!(both[..15], alone[..15]);
    assert_ne!(both[15..19], alone[15..19]);
}

#[test]
fn what_was_read_before_changes_nothing() {
    let own = article("Council bans cars", "Mayor defends plan.");
    let fresh = bits(&Desk::new().read(TEXT, Some(&own), Some("The bus is late")));
    let alone = bits(&Desk::new().read(TEXT, Some(&own), None));
    let mut desk = Desk::new();
    // Past what the cache holds, and back.
    for i in 0..1200 {
        let other = article(
            &format!("Bus {i}"),
            "Cars and more cars, pizza and the mayor.",
        );
        desk.read(
            "Pizza for the mayor",
            Some(&other),
            Some("Late, late, late"),
        );
        if i % 100 == 0 {
            let found = desk.read(TEXT, Some(&own), Some("The bus is late"));
            assert_eq!(bits(&found), fresh, "{i}");
        }
    }
    assert_eq!(bits(&desk.read(TEXT, Some(&own), None)), alone);
}

#[test]
fn articles_with_one_title_and_equal_lengths_are_told_apart() {
    let (cars, pies) = (
        article("Council", "All about cars."),
        article("Council", "All about pies."),
    );
    let name = "words found in the article";
    let text = "pies everywhere";
    let mut desk = Desk::new();
    for _ in 0..3 {
        assert_eq!(desk.value(name, text, &cars), 0.0);
        assert_eq!(desk.value(name, text, &pies), 0.5);
    }
}

#[test]
fn long_inputs_are_bounded() {
    let many = |word: &str| {
        let words: Vec<String> = (0..30_000).map(|i| format!("{word}{i}")).collect();
        words.join(". ")
    };
    let own = article(&many("council"), &many("bus mayor cars pie"));
    let (text, parent) = (many("mayor"), many("parent"));
    assert!(text.len() > MAX_TEXT_BYTES);
    let mut desk = Desk::new();
    let relation = desk.read(&text, Some(&own), Some(&parent));
    let n_words = passage::MAX_WORDS as f64;
    assert_row(&relation, &[("number of content words", n_words.ln_1p())]);
    assert!(relation.row.iter().all(|value| value.is_finite()));
    let mut view = TextView::default();
    let reference = Reference::of_article(&own, &mut view, &desk.tables, &desk.space.vectors);
    assert_eq!(reference.head.words.len(), passage::MAX_WORDS);
    assert!(
        reference.sentences.len() <= 96,
        "{}",
        reference.sentences.len()
    );
    // What lies past the bound of a text is not looked at.
    let longer = Article {
        body: own.body.clone() + "mayor0",
        ..own
    };
    let again = desk.read(&text, Some(&longer), Some(&parent));
    assert_eq!(bits(&again), bits(&relation));
}

/// Texts of known and unknown words, function words, and anything else.
#[test]
fn nearest_is_another_article() {
    let articles = [
        article("council and mayor", ""),
        article("bus and cars", ""),
        article("council", ""),
        article("council and mayor", "again"),
    ];
    let nearest = Desk::new().space.nearest(&articles, &TextTables::shipped());
    assert_eq!(nearest[0], Some(2));
    assert_ne!(nearest[3], Some(0), "the same headline is the same article");
}

#[test]
fn background_survives_storage_bit_for_bit() {
    let articles: Vec<Article> = (0..20)
        .map(|i| article(["council", "bus and mayor"][i % 2], ""))
        .collect();
    let made = Space::new(words(), &articles, &TextTables::shipped());
    let stored: Vec<f32> = made.background().collect();
    let read = Space::from_parts((*made.vectors).clone(), &stored);
    assert_eq!(read.background().collect::<Vec<_>>(), stored);
    assert!(stored.len() >= 20 * vectors::N_DIMS);
}

fn text() -> impl Strategy<Value = String> {
    let words = "(council|mayor|cars|bus|the|is|comment|casino|Wexcombe|www\\.a\\.example|[. !?'s0-9]|\\PC){0,40}";
    prop_oneof![words, any::<String>(), "\\PC{0,80}"]
}

proptest! {
    #[test]
    fn any_text_has_finite_values_within_bounds(
        comment in text(),
        title in text(),
        lead in text(),
        body in text(),
        parent in proptest::option::of(text()),
        has_article in any::<bool>(),
    ) {
        let own = Article { title, lead, body, ..Article::default() };
        let mut desk = Desk::with_background(&vec![own.clone(); 9]);
        let relation = desk.read(&comment, has_article.then_some(&own), parent.as_deref());
        let names = RELATION_COLUMNS.iter().zip(relation.row);
        for (name, value) in names {
            prop_assert!(value.is_finite(), "{name} {value}");
            // Cosines and shares; logarithms, and what weights or the background scale.
            let bound = match *name {
                "closeness beside other articles" => 101.0,
                "closeness in meaning, by length" | "number of content words"
                | "talk about the site" | "selling" | "names and rare words shared" => 12.0,
                "closeness of the closest words" => 1e3,
                "close pairs of words" => 1e3 * passage::MAX_WORDS as f64,
                _ => 1.0 + 1e-5,
            };
            prop_assert!(value.abs() <= bound, "{name} {value}");
        }
        let has_none = !has_article && parent.is_none();
        prop_assert!(!has_none || relation.silence == Some(Silence::NoContext));
        let again = desk.read(&comment, has_article.then_some(&own), parent.as_deref());
        prop_assert_eq!(bits(&again), bits(&relation));
        prop_assert_eq!(again.silence, relation.silence);
    }
}

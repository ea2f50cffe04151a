//! What can be told at all, whatever the context, its order and its length.

use proptest::prelude::*;

use super::*;
use crate::text::MAX_TEXT_BYTES;

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
fn a_commenter_is_named_by_the_parent_or_the_article() {
    let mut news = article("Council bans cars", "");
    let mut desk = Desk::new();
    let mut is_named = |article: &Article, parent_author: Option<&str>| {
        let text = "So Jack writes whatever somebody pays for";
        desk.view.parse(text, &desk.tables);
        let comment = Comment {
            article: Some(article),
            parent: Some("Cars are banned downtown"),
            parent_author,
            ..Comment::from_text(text)
        };
        let found = (desk.reader).read(&comment, &desk.view, &desk.tables, &desk.space);
        of(&found, "names a commenter")
    };
    assert_eq!(is_named(&news, Some("Comrade Jack")), 1.0);
    assert_eq!(is_named(&news, None), 0.0);
    news.commenters = vec!["Anna".to_owned(), "Comrade Jack".to_owned()];
    assert_eq!(is_named(&news, Some("Anna")), 1.0);
    // Who is in the article is its subject.
    news.body = "Mayor Jack said so.".to_owned();
    assert_eq!(is_named(&news, Some("Comrade Jack")), 0.0);
}

#[test]
fn who_goes_on_about_a_commenter_talks_about_him() {
    let mut news = article("Council bans cars", "");
    news.commenters = vec!["Jack".to_owned()];
    let mut desk = Desk::new();
    let mut talk = |text: &str| {
        desk.view.parse(text, &desk.tables);
        let comment = Comment {
            article: Some(&news),
            ..Comment::from_text(text)
        };
        let found = (desk.reader).read(&comment, &desk.view, &desk.tables, &desk.space);
        of(&found, "talk about a commenter")
    };
    assert_eq!(talk("So Jack pays, if he pays. Cars are banned."), 0.5);
    assert_eq!(talk("Ask the mayor, Jack, what he pays"), 0.0);
    assert_eq!(talk("So the mayor pays, if he pays"), 0.0);
}

#[test]
fn the_names_that_count_are_those_that_are_told() {
    let mut desk = Desk::new();
    // Without a content word the article is none, but there are people under it.
    let mut hollow = article("It is so", "");
    hollow.commenters = vec!["Jack".to_owned(), "Marlene".to_owned()];
    for (text, expected) in [
        (
            "So says Jack, and Jack again, and Marlene",
            &["Jack", "Marlene"][..],
        ),
        ("So says nobody we have ever heard of", &[]),
    ] {
        let comment = Comment {
            article: Some(&hollow),
            parent: Some("Cars are banned downtown tonight"),
            ..Comment::from_text(text)
        };
        desk.view.parse_aligned(text, &desk.tables);
        let (tables, space) = (&desk.tables, &desk.space);
        let found = desk.reader.read(&comment, &desk.view, tables, space);
        let told = (desk.reader).matches(&comment, &desk.view, tables, space);
        let told = told.expect("a context").commenters;
        let told: Vec<&str> = told.iter().map(|span| &text[span.range()]).collect();
        assert_eq!(told, expected);
        let is_named = f64::from(u8::from(!expected.is_empty()));
        assert_eq!(of(&found, "names a commenter"), is_named);
    }
}

#[test]
fn what_cannot_be_told_is_silent() {
    let news = article("Council bans bicycles and skateboards", "");
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
        (
            long,
            Some(&blank),
            Some("Cars are banned downtown tonight"),
            None,
        ),
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
            Some("Cars are banned downtown tonight"),
            Some(Silence::TooShort),
        ),
        (
            "Not in my lifetime, sadly.",
            Some(&news),
            Some("Cars are banned downtown tonight"),
            Some(Silence::TooShort),
        ),
        (long, Some(&news), None, None),
        (long, None, Some("Cars are banned downtown tonight"), None),
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
fn words_of_another_language_than_the_context_say_nothing() {
    let mut desk = Desk::new();
    let known = article("Cars and a bus of the council", "");
    let approved = Article {
        approved: vec!["Leider ist das Schwimmbecken geschlossen".to_owned()],
        ..known.clone()
    };
    let unknown = article("Die Vollversammlung der Stadtverordneten", "");
    let foreign = "Das städtische Schwimmbecken bleibt heuer leider geschlossen";
    let other_words = Some(Silence::OtherWords);
    for (text, article, parent, expected) in [
        (foreign, Some(&known), None, other_words),
        (foreign, None, Some("cars, bus"), other_words),
        // What is found in the context is known, whatever the vectors know.
        (
            foreign,
            Some(&known),
            Some("Leider ist das Schwimmbecken geschlossen. Bleibt nur der See"),
            None,
        ),
        (foreign, Some(&approved), None, None),
        // Where the vectors know nothing, shared words are all there is.
        (foreign, Some(&unknown), None, None),
        ("Cars, bus, Schwimmbecken", Some(&known), None, None),
        // A link speaks for itself in any language.
        (
            "Schwimmbecken https://bad.example/x",
            Some(&known),
            None,
            None,
        ),
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

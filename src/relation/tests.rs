use proptest::prelude::*;

use super::vectors::tests::vectors;
use super::*;

fn space() -> Space {
    // Cats and dogs point one way, taxes another.
    let words = [
        ("cat", [10, 0], 1.0),
        ("kitten", [10, 1], 1.0),
        ("dog", [9, 2], 1.0),
        ("tax", [0, 10], 1.0),
        ("budget", [1, 10], 1.0),
        ("rise", [3, 3], 0.5),
    ];
    Space {
        vectors: Arc::new(vectors(&words)),
        ..Space::default()
    }
}

fn article(title: &str, lead: &str, body: &str) -> Article {
    Article {
        id: "a".into(),
        title: title.into(),
        lead: lead.into(),
        body: body.into(),
        ..Article::default()
    }
}

fn read(reader: &mut RelationReader, comment: &Comment) -> Relation {
    let tables = TextTables::shipped();
    let mut view = TextView::default();
    view.parse(comment.text, &tables);
    reader.read(comment, &view, &tables, &space())
}

fn relate(text: &str, article: Option<&Article>, parent: Option<&str>) -> Relation {
    let comment = Comment {
        article,
        parent,
        ..Comment::from_text(text)
    };
    read(&mut RelationReader::default(), &comment)
}

fn value(relation: &Relation, name: &str) -> f64 {
    let at = RELATION_COLUMNS.iter().position(|column| *column == name);
    relation.row[at.expect("known column")]
}

#[test]
fn columns_measure_what_they_name() {
    let article = article(
        "Cat tax",
        "Owners of a cat are to pay.",
        "The budget is to rise in 2027. Wexcombe agreed.",
    );
    let words = relate("The cat sat in Wexcombe in 2027", Some(&article), None);
    // cat 1.0 found; sat, wexcombe, 2027 are unknown words of weight 1.5, and sat is not found.
    assert!((value(&words, "words found in the article") - 4.0 / 5.5).abs() < 1e-6);
    assert_eq!(value(&words, "no word found in the article"), 0.0);
    assert!((value(&words, "names and rare words shared") - 2.0_f64.ln_1p()).abs() < 1e-6);

    let near = relate("My kitten and my dog", Some(&article), None);
    let far = relate("My budget, my budget!", Some(&article), None);
    assert_eq!(value(&near, "words found in the article"), 0.0);
    assert_eq!(value(&near, "no word found in the article"), 1.0);
    assert!(value(&near, "words close to headline words") > 0.95);
    assert!(value(&near, "closest pair of words") > 0.95);
    assert!(value(&far, "words found in the article") > 0.99);

    let headline = relate("Cat tax for owners who pay", Some(&article), None);
    assert!((value(&headline, "headline words taken up") - 1.0).abs() < 1e-6);
    let strange = relate("Nothing whatever in common", Some(&article), None);
    assert_eq!(value(&strange, "headline words taken up"), 0.0);

    let reply = relate("The dog too", None, Some("My cat hates it"));
    assert_eq!(value(&reply, "is a reply"), 1.0);
    assert!(value(&reply, "meaning close to the parent") > 0.9);
    // The parent stands for an article that is missing.
    assert_eq!(value(&reply, "no article"), 1.0);
    assert!(value(&reply, "words close to headline words") > 0.9);
}

#[test]
fn a_missing_headline_is_read_off_the_body() {
    let bare = article("", "", "The cat sat. The budget may rise.");
    let relation = relate("kitten", Some(&bare), Some("dog"));
    assert!(value(&relation, "words close to headline words") > 0.95);
}

#[test]
fn silence_says_why() {
    let article = article("Cat tax", "", "");
    let silence = |text, article, parent| relate(text, article, parent).silence;
    assert_eq!(silence("A cat tax!", None, None), Some(Silence::NoContext));
    for text in ["Of course it is.", "", "lol", "🤡🤡", "$$$"] {
        assert_eq!(
            silence(text, Some(&article), None),
            Some(Silence::TooShort),
            "{text}"
        );
    }
    assert_eq!(
        silence("Of course it is", None, Some("Is it?")),
        Some(Silence::TooShort)
    );
    assert_eq!(silence("Why was it deleted", Some(&article), None), None);
    assert_eq!(
        silence("Not in my lifetime, sadly.", Some(&article), Some("Soon?")),
        Some(Silence::TooShort)
    );
    assert_eq!(silence("https://spam.example", Some(&article), None), None);
    assert_eq!(silence("My kitten pays no tax", Some(&article), None), None);
}

fn under(article: &Article) -> Comment<'_> {
    Comment {
        article: Some(article),
        ..Comment::from_text("My kitten pays the tax")
    }
}

#[test]
fn what_was_read_before_changes_nothing() {
    let own = article("Cat tax", "", "The budget may rise.");
    // As long as the first, under the same identifier and headline.
    let other = article("Cat tax", "", "The bodget may raise");
    let mut reader = RelationReader::default();
    let first = read(&mut reader, &under(&own)).row.map(f64::to_bits);
    let second = read(&mut reader, &under(&other)).row;
    assert_eq!(
        second.map(f64::to_bits),
        relate("My kitten pays the tax", Some(&other), None)
            .row
            .map(f64::to_bits)
    );
    for i in 0..1100 {
        let many = article(&format!("Headline {i}"), "", "");
        read(&mut reader, &under(&many));
    }
    assert_eq!(read(&mut reader, &under(&own)).row.map(f64::to_bits), first);
}

#[test]
fn nearest_is_another_article() {
    let articles = [
        article("Cat and dog", "", ""),
        article("Tax and budget", "", ""),
        article("Kitten", "", ""),
        article("Cat and dog", "", "again"),
    ];
    let nearest = space().nearest(&articles, &TextTables::shipped());
    assert_eq!(nearest[0], Some(2));
    assert_ne!(nearest[3], Some(0), "the same headline is the same article");
}

#[test]
fn background_survives_storage_bit_for_bit() {
    let articles: Vec<Article> = (0..20)
        .map(|i| {
            article(
                if i % 3 == 0 {
                    "Cat tax rise"
                } else {
                    "Dog budget"
                },
                "",
                "",
            )
        })
        .collect();
    let made = Space::new(space().vectors, &articles, &TextTables::shipped());
    let stored: Vec<f32> = made.background().collect();
    let read = Space::from_parts((*made.vectors).clone(), &stored);
    assert_eq!(read.background().collect::<Vec<_>>(), stored);
    assert!(stored.len() >= 20 * vectors::N_DIMS);
}

proptest! {
    #[test]
    fn any_texts_have_finite_relations(text in ".*", title in ".*", body in ".*", parent in prop::option::of(".*")) {
        let article = article(&title, "", &body);
        for article in [None, Some(&article)] {
            let relation = relate(&text, article, parent.as_deref());
            prop_assert!(relation.row.iter().all(|value| value.is_finite()), "{:?}", relation);
        }
    }
}

//! Who is named, who is spoken of, and how much of a text is about them.

use super::*;

/// `names` are of who wrote the parent, then of those under the article.
fn found<'a>(text: &'a str, author: &str, names: [&[&str]; 2], subject: &[&str]) -> Vec<&'a str> {
    let comment = Comment {
        author: Some(author),
        ..Comment::from_text(text)
    };
    let (mut parent_author, mut article) = (Names::default(), Reference::default());
    parent_author.read(names[0].iter().copied());
    article.commenters.read(names[1].iter().copied());
    article.stems = subject.iter().map(|word| stem(word)).collect();
    let spans = named(&comment, &parent_author, Some(&article));
    spans.map(|it| &text[it.span]).collect()
}

#[test]
fn commenters_are_named_by_a_word_of_their_name() {
    let names = [
        "Comrade Jack",
        "The Realist",
        "ed",
        "Žofie_82",
        "gazza_88",
        "小林",
        "Pat O’Brien",
        "Angry Dad",
        "Grammar Gran",
        "Uncle Franz",
    ];
    for (text, of_parent, of_article) in [
        (
            "Jack hates them, JACK!",
            &["Jack", "JACK"][..],
            &["JACK"][..],
        ),
        ("You lie,Jack", &["Jack"], &["Jack"]),
        (
            "ask @jack or (Žofie)",
            &["jack", "Žofie"],
            &["jack", "Žofie"],
        ),
        ("Realist? Hardly", &["Realist"], &["Realist"]),
        ("Jack Griffin hates them", &["Jack"], &["Jack"]),
        ("Jack's wrong. Jack is", &["Jack's", "Jack"], &["Jack's"]),
        ("\"Simple\" Jack is", &["Jack"], &["Jack"]),
        ("So it is. \"Jack is", &["Jack"], &[]),
        ("Jack is late, he is", &["Jack"], &["Jack"]),
        ("Jack here, he is late", &["Jack"], &[]),
        ("so gazza_88 says", &["gazza_88"], &["gazza_88"]),
        ("so gazza_8 says, and gazza", &[], &[]),
        ("True. Realist or not", &["Realist"], &[]),
        (
            "@小林 so O'Brien",
            &["小林", "O'Brien"],
            &["小林", "O'Brien"],
        ),
        ("", &[], &[]),
        ("@", &[], &[]),
        ("a jack of all trades, žofie", &[], &[]),
        ("The bus. Ed is here, Jackson too", &[], &[]),
        ("Dad. We talked about this, Dad", &[], &[]),
        ("well said, Gran and Uncle", &[], &[]),
    ] {
        assert_eq!(found(text, "Anna", [&names, &[]], &[]), of_parent, "{text}");
        assert_eq!(
            found(text, "Anna", [&[], &names], &[]),
            of_article,
            "{text}"
        );
    }
}

#[test]
fn neither_the_subject_nor_oneself_is_another_commenter() {
    let names = ["Trump fan", "Anna B.", "Pat O'Brien"];
    let found = |text, author, subject| found(text, author, [&names, &names], &[subject]);
    assert_eq!(found("Trump again", "Bo", "tram"), ["Trump"]);
    assert!(found("Trump again", "Bo", "trump").is_empty());
    assert!(found("So O’Brien lost", "Bo", "o'brien").is_empty());
    for own in ["Yours, Anna", "Anna here. He is wrong", "Anna is wrong"] {
        assert!(found(own, "Anna B.", "tram").is_empty(), "{own}");
    }
    // A name that was made to mock somebody else's.
    let mocked = found("Anna thinks she is a wit", "Aunty Anna", "tram");
    assert_eq!(mocked, ["Anna"]);
    let mistaken = found("So Trump thinks he is a wit", "Trump fan", "tram");
    assert_eq!(mistaken, ["Trump"]);
}

#[test]
fn one_is_spoken_of_when_words_go_on_to_a_he_or_she() {
    for (text, expected) in [
        ("So Jack works there, does he", true),
        ("So Jack Le Griffin hates it. SHE'S paid", true),
        ("Jack’s late and his horse, too", true),
        ("So Jack_88 works there, does he", true),
        ("So Jack, he is late", false),
        ("That's fine Jack I think he is late", false),
        ("It's Jack from Leeds, he is late", false),
        ("That's fine Jack but he is late", false),
        ("Jack you're wrong, he is late", false),
        ("So Jack hates it", false),
        ("He says so, Jack", false),
        ("He says Jack hates it", false),
        ("Jack Jack Jack Jack Jack is late, he is", false),
    ] {
        let is_spoken_of = mentions(text).find(|it| text[it.span.clone()].starts_with("Jack"));
        assert_eq!(
            is_spoken_of.map(|it| it.is_spoken_of),
            Some(expected),
            "{text}"
        );
    }
}

#[test]
fn sentences_are_about_one_that_name_or_call_him() {
    for (text, expected) in [
        ("So Jack pays, does he", 1.0),
        ("Right. So Jack pays. SHE’S paid! And HIS bus?", 0.75),
        ("Right... So Jack pays", 0.5),
        ("here, there, these. So Jack", 0.5),
        (
            "So Jack pays, does he. Jack lies! So Jack steals? Cars",
            0.75,
        ),
    ] {
        let named: Vec<_> = mentions(text)
            .filter(|it| text[it.span.clone()] == *"Jack")
            .collect();
        assert_eq!(share_about(text, &named), expected, "{text}");
    }
}

#[test]
fn hostile_names_cost_no_more_than_their_first_bytes() {
    let author = format!("{}Zed", "a ".repeat(1 << 20));
    let text = format!("{}pays he", "Zed ".repeat((1 << 14) - 2));
    let long = "Z".repeat(1 << 20);
    let started = std::time::Instant::now();
    let n_found = found(&text, &author, [&["Zed", &long], &[]], &[]).len();
    assert_eq!(n_found, MAX_TEXT_BYTES / 4 - 2);
    let named: Vec<_> = mentions(&text).collect();
    assert!(named.iter().any(|it| it.is_spoken_of));
    assert_eq!(share_about(&text.repeat(4), &named), 1.0);
    let handles = "a_1".repeat(1 << 15);
    assert!(found(&handles, &author, [&["Zed"], &[]], &[]).is_empty());
    assert!(found(&long, "Bo", [&[&long], &[]], &[]).is_empty());
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
}

//! What must hold of every attack (README), on texts made of pieces that take its paths.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn attacker() -> &'static Attacker {
    static ATTACKER: std::sync::LazyLock<Attacker> = std::sync::LazyLock::new(Attacker::default);
    &ATTACKER
}

fn attack(text: &str, kind: Kind, strength: Strength) -> Attacked {
    attacker().attack(text, kind, strength)
}

const PIECES: &[&str] = &[
    "you",
    "idiot",
    "IDIOT",
    "Moron",
    "clown",
    "council",
    "bus",
    "the",
    "don't",
    "fuck",
    "dumb",
    "ass",
    "ridiculous",
    "yesterday",
    "rhythm",
    "café",
    "идиот",
    "你好",
    "@jack",
    "https://a.example/b",
    "#tag",
    "1d10t",
    "f*ck",
    "!!!",
    "—",
    "“so”",
    "\n",
    "🤡",
    "2024",
    "e\u{301}",
    "\u{202e}",
    "<b>",
    "&amp;",
];

fn text() -> impl Strategy<Value = String> {
    let built = prop::collection::vec(prop::sample::select(PIECES), 0..12)
        .prop_map(|pieces| pieces.join(" "));
    let any_text =
        prop::collection::vec(any::<char>(), 0..40).prop_map(|chars| chars.into_iter().collect());
    prop_oneof![5 => built, 1 => any_text]
}

#[test]
fn nothing_is_hidden_at_no_strength_and_where_no_word_is() {
    for kind in Kind::ALL {
        let text = "You idiot, the council is right.";
        assert_eq!(attack(text, kind, Strength::None).text, text);
        for text in [
            "",
            "?!… 12:30",
            "ты идиот",
            "你是白痴",
            "@idiot #moron www.fuck.example",
            "is it",
        ] {
            for strength in Strength::ALL {
                let attacked = attack(text, kind, strength);
                assert_eq!((attacked.text.as_str(), attacked.hits.len()), (text, 0));
            }
        }
    }
}

#[test]
fn the_forms_are_those_of_the_table() {
    let written = |kind, strength| attack("What an idiot.", kind, strength).text;
    for (kind, medium) in [
        (Kind::Leet, "What an 1d107."),
        (Kind::Spacing, "What an i d i o t."),
        (Kind::Homoglyphs, "What an іdіоt."),
        (Kind::DroppedVowel, "What an idit."),
        (Kind::Masked, "What an id**t."),
        (Kind::Fullwidth, "What an ｉｄｉｏｔ."),
        (Kind::Phonetic, "What an ydiot."),
    ] {
        assert_eq!(written(kind, Strength::Medium), medium, "{}", kind.as_str());
    }
    assert_eq!(written(Kind::Spacing, Strength::Weak), "What an i diot.");
    assert_eq!(written(Kind::Fullwidth, Strength::Weak), "What an ｉdiot.");
    let swapped = written(Kind::Swapped, Strength::Medium);
    assert!(
        ["What an iidot.", "What an idoit."].contains(&swapped.as_str()),
        "{swapped}"
    );
    assert_eq!(written(Kind::Swapped, Strength::Strong), "What an iidot.");
}

#[test]
fn capitals_keep_their_place() {
    let written = |kind| attack("Moron FUCKERS", kind, Strength::Medium).text;
    assert_eq!(written(Kind::Homoglyphs), "Mоrоn FUСKЕRЅ");
    assert_eq!(written(Kind::Phonetic), "Moron PHUKERZ");
}

#[test]
fn sounds_are_respelled_by_ear() {
    let written = |word: &str, strength| attack(word, Kind::Phonetic, strength).text;
    assert_eq!(written("fucker", Strength::Medium), "phuka");
    assert_eq!(written("ass", Strength::Medium), "az");
    assert_eq!(
        written("moron", Strength::Medium),
        "moron",
        "nothing to hear"
    );
}

/// A reader skips signs and sees letters: what is left of a hidden word without what was put between
/// its letters is the word again.
#[test]
fn what_is_put_between_letters_can_be_read_over() {
    for kind in [
        Kind::Spacing,
        Kind::Dots,
        Kind::ZeroWidth,
        Kind::Emoji,
        Kind::Split,
    ] {
        for strength in [Strength::Weak, Strength::Medium] {
            let attacked = attack("Such ridiculous morons", kind, strength);
            for hit in &attacked.hits {
                let letters: String = hit
                    .writing
                    .chars()
                    .filter(char::is_ascii_alphabetic)
                    .collect();
                assert_eq!(letters.to_lowercase(), hit.word, "{}", hit.writing);
            }
        }
    }
}

proptest! {
    #[test]
    fn attacks_are_repeatable_bounded_and_touch_hit_words_only(text in text()) {
        for kind in Kind::ALL {
            for strength in Strength::ALL {
                let attacked = attack(&text, kind, strength);
                prop_assert_eq!(&attacked, &attack(&text, kind, strength));
                prop_assert!(attacked.text.len() <= 16 * text.len());
                prop_assert_eq!(attacked.text != text, !attacked.hits.is_empty());
                for hit in &attacked.hits {
                    prop_assert_ne!(&hit.writing, &text[hit.span.range()]);
                }
            }
        }
    }

    #[test]
    fn stronger_attacks_hit_the_words_of_weaker_ones(text in text()) {
        for kind in Kind::ALL {
            let words = |strength| -> Vec<String> {
                attack(&text, kind, strength).hits.into_iter().map(|hit| hit.word).collect()
            };
            let [weak, medium, strong] = Strength::ALL.map(words);
            let within = |few: &[String], many: &[String]| {
                let many: BTreeSet<&String> = many.iter().collect();
                few.iter().all(|word| many.contains(word))
            };
            prop_assert!(within(&weak, &medium), "{}: {:?} {:?}", kind.as_str(), weak, medium);
            prop_assert!(within(&medium, &strong), "{}: {:?} {:?}", kind.as_str(), medium, strong);
            prop_assert!(weak.len() <= medium.len() && medium.len() <= strong.len());
        }
    }

    #[test]
    fn what_is_not_hit_stays_byte_for_byte(text in text()) {
        for kind in Kind::ALL {
            for strength in Strength::ALL {
                let attacked = attack(&text, kind, strength);
                let (mut rest, mut at) = (attacked.text.as_str(), 0);
                for hit in &attacked.hits {
                    let untouched = &text[at..hit.span.start];
                    rest = rest.strip_prefix(untouched).and_then(|rest| rest.strip_prefix(&*hit.writing)).unwrap();
                    at = hit.span.end;
                }
                prop_assert_eq!(rest, &text[at..]);
            }
        }
    }
}

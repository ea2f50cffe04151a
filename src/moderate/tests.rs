//! Scores, decisions and places, on a model of sixty rows.

use super::*;
use crate::model::Provenance;
use crate::phrases::Phrase;
use crate::train::{Features, TrainOptions, TrainRow, TrainingSet, fit, groups};

/// A model of two labels from sixty rows: `insult` by the word idiot, `spam` by the word gold.
pub(crate) fn tiny_model() -> Model {
    let texts = [
        "you are an idiot",
        "a fine article",
        "buy gold now",
        "thanks for this",
        "such an idiot",
        "gold is cheap",
    ];
    let row = |i: usize| {
        let text = format!(
            "{} {}",
            texts[i % 6],
            ["today", "again", "really", "here", "sir"][i % 5]
        );
        let share = |word: &str| Some(f32::from(u8::from(text.contains(word))));
        TrainRow {
            shares: vec![share("idiot"), share("gold")],
            group: Some(format!("g{}", i / 6)),
            text,
            ..TrainRow::default()
        }
    };
    let set = TrainingSet {
        labels: vec!["insult".to_owned(), "spam".to_owned()],
        rows: (0..60).map(row).collect(),
        articles: Vec::new(),
        ..TrainingSet::default()
    };
    let options = TrainOptions {
        bits: 14,
        ..TrainOptions::default()
    };
    let features = Features::extract(
        &set,
        &crate::text::TextTables::shipped(),
        &Arc::default(),
        14,
        &crate::linear::stored::Room::Memory,
        &(),
    )
    .unwrap();
    let rows: Vec<usize> = (0..60).collect();
    let provenance = Provenance {
        languages: [("eng".to_owned(), 1.0)].into(),
        ..Provenance::default()
    };
    fit(
        &set,
        &features,
        &groups(&set).unwrap(),
        &rows,
        None,
        provenance,
        &options,
        &(),
    )
    .unwrap()
}

fn phrases(phrases: &[(&str, PhraseAction)]) -> PhraseSet {
    let phrases = phrases
        .iter()
        .map(|(text, action)| Phrase::new(text, *action).unwrap());
    PhraseSet::new(phrases.collect()).unwrap()
}

#[test]
fn scores_are_the_scorers_bit_for_bit() {
    let model = tiny_model();
    let rules = HouseRules::new(&model, &[], phrases(&[("sir", PhraseAction::Review)])).unwrap();
    let mut moderator = Moderator::new(&model, &rules);
    for text in [
        "",
        "you idiot, sir",
        "A fine day",
        "b u y g0ld",
        "ты идиот",
        "é\u{200b}\u{301}",
    ] {
        let comment = Comment {
            author: Some("Idiot"),
            ..Comment::from_text(text)
        };
        let moderation = moderator.moderate(&comment);
        let expected = model.scorer().score(&comment);
        let bits = |scores: &Scores| {
            scores
                .logits
                .iter()
                .map(|x| x.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(&moderation.scores), bits(&expected), "{text}");
        assert!(
            expected
                .probabilities()
                .eq(moderation.probabilities.iter().copied())
        );
    }
}

#[test]
fn explanations_come_only_where_reasons_are_due() {
    let model = tiny_model();
    let rules = HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
    let mut moderator = Moderator::new(&model, &rules);
    let calm = moderator.moderate(&Comment::from_text("a fine article again"));
    assert!(
        !calm.stands_out() && calm.explanations == [None, None],
        "{calm:?}"
    );
    let angry = moderator.moderate(&Comment::from_text("you are an idiot"));
    assert!(
        angry.flags[0] && !angry.flags[1] && angry.explanations[1].is_none(),
        "{angry:?}"
    );
    let explanation = angry.explanations[0].as_ref().unwrap();
    assert!((explanation.logit() - angry.scores.logits[0]).abs() < 1e-6);
}

#[test]
fn thresholds_of_the_house_replace_the_models() {
    let model = tiny_model();
    let flags = |flags: &[(&str, f64)]| {
        let flags: Vec<_> = flags
            .iter()
            .map(|(label, flag)| ((*label).to_owned(), *flag))
            .collect();
        HouseRules::new(&model, &flags, PhraseSet::default())
    };
    let all = flags(&[("spam", 0.0)]).unwrap();
    let moderation = Moderator::new(&model, &all).moderate(&Comment::from_text("a fine article"));
    assert_eq!(moderation.flags, [false, true]);
    for (given, expected) in [
        (
            ("insults", 0.5),
            "the model has no label `insults`; its labels are insult, spam",
        ),
        (
            ("spam", 1.5),
            "threshold 1.5 of label `spam` is not between 0 and 1",
        ),
        (
            ("spam", f64::NAN),
            "threshold NaN of label `spam` is not between 0 and 1",
        ),
    ] {
        assert_eq!(flags(&[given]).unwrap_err().to_string(), expected);
    }
}

#[test]
fn phrases_rule_and_stand_on_the_raw_text() {
    let model = tiny_model();
    let rules = phrases(&[
        ("call me", PhraseAction::Block),
        ("idiot proof", PhraseAction::Allow),
        ("sir", PhraseAction::Review),
    ]);
    let rules = HouseRules::new(&model, &[], rules).unwrap();
    let mut moderator = Moderator::new(&model, &rules);
    for (text, author, decision, slices) in [
        (
            "<b>C a l l</b> me",
            None,
            Decision::Reject,
            vec!["C a l l</b> me"],
        ),
        ("an IDIOT-proof design", None, Decision::Approve, vec![]),
        (
            "an idiot  PROOF design",
            None,
            Decision::Approve,
            vec!["idiot  PROOF"],
        ),
        (
            "a fine article",
            Some("Call me, Sir"),
            Decision::Reject,
            vec!["Call me", "Sir"],
        ),
        (
            "a fine article",
            Some("idiot proof"),
            Decision::Approve,
            vec![],
        ),
        ("thanks, Sir", None, Decision::Review, vec!["Sir"]),
    ] {
        let moderation = moderator.moderate(&Comment {
            author,
            ..Comment::from_text(text)
        });
        let slice = |hit: &PhraseHit| match hit.field {
            Field::Text => &text[hit.span.range()],
            Field::Author => &author.unwrap()[hit.span.range()],
        };
        let found: Vec<&str> = moderation.phrases.iter().map(slice).collect();
        assert_eq!(found, slices, "{text}");
        if !slices.is_empty() {
            assert_eq!(moderation.ruling.decision, decision, "{text}");
        }
    }
}

#[test]
fn foreign_and_overlong_texts_are_told() {
    let model = tiny_model();
    let rules = HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
    let mut moderator = Moderator::new(&model, &rules);
    let mut of = |text: &str| {
        let moderation = moderator.moderate(&Comment::from_text(text));
        (moderation.foreign_language, moderation.is_cut)
    };
    assert_eq!(
        of("Das ist doch wirklich ein sehr guter Artikel über die Straße"),
        (Some("deu"), false)
    );
    assert_eq!(
        of("This is really a very good article on the street"),
        (None, false)
    );
    assert_eq!(of("ja"), (None, false));
    assert_eq!(of(&"a fine article ".repeat(5000)), (None, true));
}

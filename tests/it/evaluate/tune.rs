//! `ombuds tune`.

use std::fs;

use ombuds::model::Model;

use super::desk::{Desk, EVALUATE, assert_has, with};

const TUNE: [&str; 7] = [
    "tune",
    "--model",
    "model",
    "--data",
    "held_out.csv",
    "--label",
    "insult",
];

#[test]
fn tune_reaches_a_recall_and_keeps_the_bands_in_order() {
    let desk = Desk::new();
    desk.held_out();
    let before = desk.policy();
    let dry = desk.ok(&with(&TUNE, &["--target-recall", "1", "--dry-run"]));
    assert_has(&dry, &["flag    before", "after", "queue per 1,000"]);
    assert_eq!(desk.policy(), before, "a dry run writes nothing");
    desk.ok(&with(&TUNE, &["--target-recall", "1"]));
    let model = Model::read(&desk.path("model")).unwrap();
    assert!(model.policy()[0].is_valid());
    let gate = ["--replicates", "0", "--gate", "insult.recall=1"];
    desk.ok(&with(&EVALUATE, &gate));
}

#[test]
fn tune_fits_the_queue_to_the_reviewers() {
    let desk = Desk::new();
    desk.held_out();
    let queue = ["--reviews-per-day", "50", "--comments-per-day", "120"];
    let text = desk.ok(&with(&TUNE, &queue));
    assert_has(&text, &["a day"]);
    let model = Model::read(&desk.path("model")).unwrap();
    let mut scorer = model.scorer();
    let held_out = fs::read_to_string(desk.path("held_out.csv")).unwrap();
    let review = model.policy()[0].review;
    let texts = held_out
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(2).unwrap());
    let scores = texts.map(|text| {
        scorer
            .score(&ombuds::comment::Comment::from_text(text))
            .probabilities()
            .next()
            .unwrap()
    });
    let n_reviews = scores.filter(|&score| score >= review).count();
    assert!((1..=25).contains(&n_reviews), "{n_reviews} of 60");
}

#[test]
fn tune_refuses_what_cannot_be_and_says_what_can() {
    let desk = Desk::new();
    desk.held_out();
    let before = desk.policy();
    for (more, parts) in [
        (
            &["--target-precision", "0.99"][..],
            &[
                "a precision of 0.99 is not reached",
                "the highest there is 0.",
            ][..],
        ),
        (&["--target-precision", "1.5"], &["above 0 and at most 1"]),
        (&["--reviews-per-day", "5"], &["--comments-per-day"]),
        (&[], &["--target-precision"]),
    ] {
        assert_has(&desk.refused(&with(&TUNE, more)), parts);
    }
    let built_in = [
        "tune",
        "--data",
        "held_out.csv",
        "--label",
        "insult",
        "--target-recall",
        "1",
    ];
    assert_has(&desk.refused(&built_in), &["ombuds model export DIR"]);
    assert_eq!(desk.policy(), before);
}

#[test]
fn tuning_renews_the_card() {
    let desk = Desk::new();
    desk.held_out();
    desk.file("model/MODEL_CARD.md", "old");
    desk.ok(&with(&TUNE, &["--target-recall", "1"]));
    let card = fs::read_to_string(desk.path("model/MODEL_CARD.md")).unwrap();
    assert_eq!(card, desk.ok(&["model", "card", "model"]));
}

//! `ombuds model`: show, card, diff, export.

use ombuds::model::Model;

use super::desk::{Desk, EVALUATE, assert_has, model, with};

#[test]
fn show_and_card_tell_what_is_inside() {
    let desk = Desk::new();
    let hash = Model::read(&desk.path("model")).unwrap().hash().to_owned();
    let shown = desk.ok(&["model", "show", "model"]);
    assert_has(
        &shown,
        &[
            &hash,
            "labels: insult, spam",
            "ombuds test",
            "of 16,384",
            "(intercept)",
        ],
    );
    let card = desk.ok(&["model", "card", "model"]);
    assert_has(
        &card,
        &[
            "# Model card: `insult`, `spam`",
            "Uses to avoid",
            "Not measured yet",
        ],
    );
    desk.held_out();
    desk.ok(&with(&EVALUATE, &["--json", "model/metrics.json"]));
    assert_has(
        &desk.ok(&["model", "card", "model"]),
        &[
            "All labelled comments of held_out.csv.",
            "| `insult` | 60 |",
        ],
    );
    let missing = desk.refused(&["model", "show", "nowhere"]);
    assert_has(&missing, &["nowhere: no model here"]);
}

#[test]
fn diff_tells_what_changed_and_which_decisions() {
    let desk = Desk::new();
    desk.held_out();
    let mut other = model(&["insult"]);
    let lenient = ombuds::policy::OperatingPoint {
        flag: 1.0,
        review: 1.0,
        reject: None,
    };
    other.set_policy(0, lenient);
    other.write(&desk.path("other")).unwrap();
    let diff = desk.ok(&["model", "diff", "model", "other", "--data", "held_out.csv"]);
    assert_has(
        &diff,
        &[
            "Labels removed: spam",
            "Thresholds\n",
            "insult  before",
            "of 60 comments change",
            "→ approve",
        ],
    );
    let same = desk.ok(&["model", "diff", "model", "model"]);
    assert_has(
        &same,
        &[
            "The same model",
            "Thresholds: the same",
            "Data and settings: the same",
        ],
    );
}

#[cfg(feature = "default-model")]
#[test]
fn the_built_in_model_can_be_copied_and_changed() {
    let desk = Desk::new();
    desk.held_out();
    desk.ok(&["model", "export", "mine"]);
    assert_eq!(
        Model::read(&desk.path("mine")).unwrap().hash(),
        Model::embedded().hash()
    );
    assert!(desk.path("mine/MODEL_CARD.md").exists() && desk.path("mine/metrics.json").exists());
    assert_eq!(
        desk.ok(&["model", "card"]),
        desk.ok(&["model", "card", "mine"])
    );
    assert_has(
        &desk.refused(&["model", "export", "mine"]),
        &["has a model already", "--overwrite"],
    );
    let goal = [
        "--data",
        "held_out.csv",
        "--label",
        "insult",
        "--target-recall",
        "1",
    ];
    desk.ok(&with(&["tune", "--model", "mine"], &goal));
    desk.ok(&["model", "export", "mine", "--overwrite"]);
}

#[cfg(not(feature = "default-model"))]
#[test]
fn without_a_built_in_model_one_must_be_named() {
    let desk = Desk::new();
    assert_has(
        &desk.refused(&["model", "export", "mine"]),
        &["no default model"],
    );
    assert!(!desk.path("mine").exists());
}

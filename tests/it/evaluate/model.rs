//! `ombuds model`: show, card, diff, export, map-thresholds.

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

#[test]
fn thresholds_of_another_score_are_mapped() {
    let desk = Desk::new();
    // The other's score is the rank of ours backwards among civil comments, and right about insults.
    let mut csv = "text,THEIRS,insult\n".to_owned();
    for i in 0..60 {
        let text = ["what an idiot you are", "a fine piece", "thanks for this"][i % 3];
        let theirs = if i % 3 == 0 { 70 + i / 3 } else { i / 2 };
        csv += &format!("{text} {i},0.{theirs:02},{}\n", u8::from(i % 3 == 0));
    }
    desk.file("scored.csv", csv);
    let args = [
        "model",
        "map-thresholds",
        "model",
        "--data",
        "scored.csv",
        "--scores",
        "insult=THEIRS",
        "--truth",
        "insult=insult",
        "--at",
        "0.7,0.99",
        "--json",
        "map.json",
    ];
    let text = desk.ok(&args);
    assert_has(
        &text,
        &[
            "insult, scored.csv: 60 comments",
            "20 of 60 labelled comments",
            "33.3 %",
            "few",
        ],
    );
    let map: serde_json::Value =
        serde_json::from_slice(&std::fs::read(desk.path("map.json")).unwrap()).unwrap();
    let [low, high] = [0, 1].map(|i| &map["labels"][0]["thresholds"][i]);
    // 0.70 itself counts.
    assert_eq!(
        (&low["n_flagged"], &low["flagged_by_both"]),
        (&20.into(), &1.0.into())
    );
    assert_eq!(low["same_precision"]["our_recall"], 1.0);
    assert_eq!(
        (&high["n_flagged"], &high["same_flag_rate"]["value"]),
        (&0.into(), &serde_json::Value::Null)
    );
    let unknown = [
        "model",
        "map-thresholds",
        "model",
        "--data",
        "scored.csv",
        "--scores",
        "rude=THEIRS",
    ];
    assert_has(&desk.refused(&unknown), &["no label `rude`"]);
}

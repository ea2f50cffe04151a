use super::*;
use crate::model::{DataFile, Head, LabelTraining, Precision, WeightTable};
use crate::report::evaluation::{EvaluationOptions, LabelScores, evaluate_scores};
use crate::text::TextTables;
use crate::verdict::Verdict;

fn model() -> Model {
    let training = LabelTraining {
        rows: 1500,
        positives: 99.5,
        alpha: 2.0,
        n_iter: 9,
        converged: true,
        borrowed: [("spam".to_owned(), 0.5)].into(),
    };
    let provenance = Provenance {
        program: "ombuds 0.1.0".to_owned(),
        data: vec![DataFile {
            name: "a|b.csv".to_owned(),
            sha256: "ab12".to_owned(),
            rows: 1500,
        }],
        seed: 7,
        base: None,
        labels: [("insult".to_owned(), training)].into(),
        languages: [("eng".to_owned(), 0.985)].into(),
    };
    let head = Head {
        label: "insult".to_owned(),
        evidence_intercept: 0.0,
        verdict: Verdict {
            intercept: 0.0,
            coef: [0.0; crate::evidence::N_COLUMNS],
        },
    };
    let point = OperatingPoint {
        flag: 0.5,
        review: 0.25,
        reject: None,
    };
    Model::assemble(
        TextTables::shipped(),
        None,
        WeightTable::new(4, 1, Precision::Short, |_| 0.0, |_, _| 0.0),
        vec![head],
        provenance,
        vec![point],
    )
}

fn evaluation(model: &Model) -> Evaluation {
    let scored = LabelScores {
        label: "insult",
        scores: &[0.9, 0.8, 0.3, 0.1],
        shares: &[1.0, 1.0, 0.0, 0.0],
        groups: None,
    };
    let report = evaluate_scores(&scored, model.policy()[0], &EvaluationOptions::default());
    Evaluation {
        program: "ombuds 0.1.0".to_owned(),
        model: model.hash().to_owned(),
        split: "On one article in five".to_owned(),
        data: Vec::new(),
        labels: vec![report.unwrap()],
    }
}

#[test]
fn the_card_tells_purpose_data_figures_and_limits() {
    let model = model();
    let parts = CardParts {
        measured: Some(evaluation(&model)),
        notes: Some("## What it is bad at\n\nSpam.\n".to_owned()),
        ..CardParts::default()
    };
    let card = model_card(&model, &parts);
    for line in [
        "- Fully automated decisions. A flag proposes; a person decides. This holds for `reject` too.",
        "| a\\|b.csv | 1,500 | `ab12` |",
        "Languages (ISO 639-3, share of rows): eng 98.5 %.",
        "| `insult` | 1,500 | 99.5 | 2 | 9 | yes |",
        "Fewer than 100 positives: `insult`. Take figures with care.",
        "Evidence of another label that counts as a label's own: `insult` 0.5 of `spam`.",
        "On one article in five.",
        "| `insult` | 0.250 | 0.500 | never |",
        "ombuds train --data a|b.csv --labels insult --seed 7 --model DIR",
        "## What it is bad at",
    ] {
        assert!(card.lines().any(|found| found == line), "{line}\n{card}");
    }
    assert!(
        card.contains("| `insult` | 4 | 2 | 1.000 [1.000, 1.000] |"),
        "{card}"
    );
    // Precision of two flagged comments, both rightly: Wilson's interval.
    assert!(card.contains(" | 1.000 [0.342, 1.000] | "), "{card}");
    assert!(card.contains("; Wilson's for precision"), "{card}");
    assert!(card.ends_with("bytes.\n"));
}

#[test]
fn a_model_that_was_not_measured_says_so_and_what_its_recipe_is_for() {
    let parts = CardParts {
        recipe: Some(String::new()),
        ..CardParts::default()
    };
    let card = model_card(&model(), &parts);
    assert!(card.contains("Not measured yet"), "{card}");
    assert!(card.contains("ombuds train --recipe recipe.toml"), "{card}");
    assert!(!card.contains("--data"), "{card}");
}

//! Golden scores: the embedded model on 200 of our own comments, to the last printed digit.
//!
//! A change of a score is a new model: it has another hash, and whoever pinned the old one must learn of it.
//! After training anew, `OMBUDS_BLESS=1 cargo test golden` writes the file again.

use std::fmt::Write as _;
use std::path::Path;

use ombuds::model::Model;

use crate::newsroom::SET;

/// Comments of the corpus that are scored, evenly picked.
const N_COMMENTS: usize = 200;

fn scores() -> String {
    let model = Model::embedded();
    let mut scorer = model.scorer();
    let labels: Vec<&str> = model.labels().collect();
    let mut text = format!("model {}\nrow,{}\n", model.hash(), labels.join(","));
    for row in (0..SET.rows.len())
        .step_by(SET.rows.len() / N_COMMENTS)
        .take(N_COMMENTS)
    {
        let _ = write!(text, "{row}");
        // Ten digits of the logit: a last bit may differ between platforms' libraries of mathematics.
        for logit in scorer.score(&SET.comment(row)).logits {
            let _ = write!(text, ",{logit:.10}");
        }
        text.push('\n');
    }
    text
}

#[test]
fn the_embedded_model_scores_as_it_did() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden.csv");
    let found = scores();
    if std::env::var_os("OMBUDS_BLESS").is_some() {
        std::fs::write(&path, &found).expect("fixtures can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the golden scores are there");
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), N_COMMENTS + 2);
}

/// The embedded one is not checked at each start.
#[test]
fn the_embedded_model_is_the_one_in_models_and_undamaged() {
    let read = Model::read("models/default".as_ref()).unwrap();
    assert_eq!(read.hash(), Model::embedded().hash());
}

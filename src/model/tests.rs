//! A model of the label about relations: written, read, refused.

use std::sync::Arc;

use super::*;
use crate::comment::{Article, Comment};
use crate::relation::vectors::tests::vectors;
use crate::relation::{LABEL, Silence};
use crate::train::{Alpha, Features, TrainOptions, TrainRow, TrainingSet, fit};

const TOPICS: [&str; 5] = ["harbour", "council", "football", "hospital", "railway"];

/// Comments on twenty articles, some of them insults; nothing is labelled off topic.
fn set(labels: &[&str]) -> TrainingSet {
    let article = |i: usize| Article {
        title: format!("{} opens place{i}", TOPICS[i % 5]),
        body: format!("The {} of place{i} was opened.", TOPICS[i % 5]),
        ..Article::default()
    };
    let row = |i: usize| TrainRow {
        text: format!(
            "{} at the {} of place{} number{i}, every neighbour says so near market square",
            ["What an idiot", "Good news"][i % 2],
            TOPICS[i / 4 % 5],
            i / 4
        ),
        article_idx: Some(i / 4),
        shares: labels
            .iter()
            .map(|label| (*label != LABEL).then_some([1.0, 0.0][i % 2]))
            .collect(),
        ..TrainRow::default()
    };
    TrainingSet {
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        rows: (0..80).map(row).collect(),
        articles: (0..20).map(article).collect(),
        ..TrainingSet::default()
    }
}

fn train(set: &TrainingSet) -> Model {
    let words = TOPICS
        .iter()
        .zip([[9, 1], [1, 9], [-9, 1], [1, -9], [6, 6]]);
    let words: Vec<_> = words.map(|(&word, row)| (word, row, 1.2)).collect();
    let options = TrainOptions {
        alpha: Alpha::Fixed(1.0),
        bits: 12,
        ..TrainOptions::default()
    };
    let (tables, vectors) = (TextTables::shipped(), Arc::new(vectors(&words)));
    let features = Features::extract(
        set,
        &tables,
        &vectors,
        options.bits,
        &crate::linear::stored::Room::Memory,
        &(),
    )
    .unwrap();
    let groups: Vec<u32> = (0..80).map(|i| i / 4).collect();
    let rows: Vec<usize> = (0..80).collect();
    let provenance = Provenance::default();
    fit(
        set,
        &features,
        &groups,
        &rows,
        None,
        provenance,
        &options,
        &(),
    )
    .expect("trains")
}

fn read(bytes: &[u8]) -> Result<Model, ModelError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(format::WEIGHTS_FILE), bytes).unwrap();
    Model::read(folder.path())
}

#[test]
fn a_model_of_relations_scores_the_same_bits_when_read() {
    let set = set(&["insult", LABEL]);
    let model = train(&set);
    let folder = tempfile::tempdir().unwrap();
    model.write(folder.path()).unwrap();
    let again = Model::read(folder.path()).unwrap();
    assert_eq!(again.hash(), model.hash());
    assert_eq!(again.heads(), model.heads());
    let (space, space_again) = (model.space().unwrap(), again.space().unwrap());
    assert_eq!(space.vectors, space_again.vectors);
    assert!(space.background().count() > 0);
    assert!(space.background().eq(space_again.background()));
    let (mut scorer, mut scorer_again) = (model.scorer(), again.scorer());
    for (row, other) in (0..80).flat_map(|row| [(row, row), (row, (row + 37) % 80)]) {
        let foreign = set.comment(other);
        for (article, parent) in [
            (None, None),
            (foreign.article, None),
            (None, Some(foreign.text)),
            (foreign.article, Some(foreign.text)),
        ] {
            let comment = Comment {
                article,
                parent,
                ..set.comment(row)
            };
            let (found, again) = (scorer.score(&comment), scorer_again.score(&comment));
            let bits = |logits: &[f64]| logits.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found.logits), bits(&again.logits));
            assert_eq!(found.silence, again.silence);
            let is_silent = article.is_none() && parent.is_none();
            assert_eq!(found.silence, is_silent.then_some(Silence::NoContext));
            assert_eq!(found.logits[1].is_nan(), is_silent);
            assert!(found.logits[0].is_finite());
        }
    }
}

/// No row is labelled off topic: what belongs together comes from pairs.
#[test]
fn pairs_alone_teach_what_belongs_together() {
    let set = set(&["insult", LABEL]);
    let model = train(&set);
    let mut scorer = model.scorer();
    let mut logit = |row: usize, article: usize| {
        let comment = Comment {
            article: Some(&set.articles[article]),
            ..set.comment(row)
        };
        scorer.score(&comment).logits
    };
    for row in 0..80 {
        let (own, foreign) = (logit(row, row / 4), logit(row, (row / 4 + 7) % 20));
        assert!(own[1] < foreign[1], "{row}: {own:?} {foreign:?}");
        // The article serves that label alone.
        assert_eq!(own[0].to_bits(), foreign[0].to_bits());
    }
}

#[test]
fn a_label_without_relations_keeps_no_words() {
    let model = train(&set(&["insult"]));
    assert!(model.space().is_none());
    let both = train(&set(&["insult", LABEL]));
    assert_eq!(model.heads()[0], both.heads()[0]);
}

#[test]
fn a_model_of_relations_without_words_is_refused_and_words_without_the_label() {
    let mut without = train(&set(&["insult", LABEL]));
    assert!(read(&without.to_bytes()).is_ok());
    let space = without.space.take();
    let refused = read(&without.to_bytes());
    assert!(
        matches!(refused, Err(ModelError::Damaged { .. })),
        "{refused:?}"
    );
    let mut with = train(&set(&["insult"]));
    assert!(read(&with.to_bytes()).is_ok());
    with.space = space;
    let refused = read(&with.to_bytes());
    assert!(
        matches!(refused, Err(ModelError::Damaged { .. })),
        "{refused:?}"
    );
}

//! What training owes: the same bytes again, no row order, unknown labels left out.

use ombuds::linear::stored::Room;
use ombuds::model::{Model, Provenance, WeightTable};
use ombuds::train::{TrainRow, TrainingSet, fit, groups};

use crate::newsroom::{self, BITS, MODEL, SET, features, options};

fn bytes(model: &Model) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    model.write(folder.path()).unwrap();
    ["model.safetensors", "config.toml"]
        .map(|name| std::fs::read(folder.path().join(name)).unwrap())
        .into()
}

fn train(set: &TrainingSet) -> Model {
    newsroom::train(set, BITS)
}

fn with_threads<T: Send>(n_threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build()
        .unwrap()
        .install(work)
}

fn with_rows(rows: Vec<TrainRow>) -> TrainingSet {
    TrainingSet {
        rows,
        ..SET.clone()
    }
}

/// Mean distance of the probabilities of one label over the corpus.
fn apart(a: &Model, b: &Model, label: &str) -> f64 {
    let probability = |model: &Model, row| {
        let scores = model.scorer().score(&SET.comment(row));
        scores
            .probabilities()
            .nth(model.label_idx(label).unwrap())
            .unwrap()
    };
    let rows = 0..SET.rows.len();
    let distances: Vec<f64> = rows
        .map(|row| (probability(a, row) - probability(b, row)).abs())
        .filter(|distance| !distance.is_nan())
        .collect();
    assert!(
        distances.len() * 10 > SET.rows.len() * 8,
        "most can be told"
    );
    distances.iter().sum::<f64>() / distances.len() as f64
}

#[test]
fn same_data_and_seed_give_the_same_bytes_on_any_number_of_threads() {
    let expected = bytes(&MODEL);
    for n_threads in [1, 2, 3] {
        assert!(
            bytes(&with_threads(n_threads, || train(&SET))) == expected,
            "{n_threads} threads"
        );
    }
}

#[test]
fn texts_and_features_in_files_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let room = Room::Folder(folder.path().into());
    let mut set = SET.clone();
    set.labels.truncate(1);
    set.rows.iter_mut().for_each(|row| row.shares.truncate(1));
    let here = train(&set);
    set.put_away(&room).unwrap();
    assert!(set.rows.iter().all(|row| row.text.is_empty()));
    let features = newsroom::features_in(&set, BITS, &room);
    let there = newsroom::train_on(&set, &features, &options(BITS));
    assert!(bytes(&here) == bytes(&there));
}

#[test]
fn order_of_rows_hardly_matters() {
    let mut rows = SET.rows.clone();
    rows.reverse();
    let reversed = train(&with_rows(rows));
    for label in ["insult", "off_topic"] {
        // Other folds and other visits: noise of the split, not another model.
        let apart = apart(&MODEL, &reversed, label);
        assert!(apart < 0.03, "{label}: {apart}");
    }
}

#[test]
fn a_label_does_not_depend_on_the_others() {
    let mut set = SET.clone();
    set.labels.truncate(1);
    set.rows.iter_mut().for_each(|row| row.shares.truncate(1));
    let alone = train(&set);
    assert_eq!(alone.heads()[0], MODEL.heads()[0]);
    assert!(MODEL.table().used().all(|column| {
        let row = |table: &WeightTable| (table.idf_squared(column), table.weight(0, column));
        row(alone.table()) == row(MODEL.table())
    }));
}

#[test]
fn unknown_rows_outside_the_training_rows_change_nothing() {
    let mut rows = SET.rows.clone();
    let n_rows = rows.len();
    rows.extend(SET.rows[..200].iter().map(|row| TrainRow {
        shares: vec![None, None],
        ..row.clone()
    }));
    let set = with_rows(rows);
    let features = features(&set, BITS);
    let known: Vec<usize> = (0..n_rows).collect();
    let provenance = Provenance::default();
    let model = fit(
        &set,
        &features,
        &groups(&set).unwrap(),
        &known,
        None,
        provenance,
        &options(BITS),
        &(),
    )
    .unwrap();
    assert!(bytes(&model) == bytes(&MODEL));
}

/// Rows without a label count for the document frequencies and for nothing else. Were they taken for
/// 0, copies of all positives would halve every score.
#[test]
fn unknown_is_left_out_and_not_zero() {
    let copies = |share: Option<f32>| {
        let mut rows = SET.rows.clone();
        let positives = SET.rows.iter().filter(|row| row.shares[0] == Some(1.0));
        rows.extend(positives.map(|row| TrainRow {
            shares: vec![share, share],
            ..row.clone()
        }));
        train(&with_rows(rows))
    };
    let unknown = copies(None);
    assert_eq!(
        unknown.provenance().labels["insult"].rows,
        SET.rows.len() as u64
    );
    let (left_out, zero) = (
        apart(&MODEL, &unknown, "insult"),
        apart(&MODEL, &copies(Some(0.0)), "insult"),
    );
    assert!(
        left_out < 0.02 && zero > 5.0 * left_out,
        "{left_out} {zero}"
    );
}

#[test]
fn a_share_next_to_one_is_next_to_hard() {
    let mut rows = SET.rows.clone();
    let share = rows
        .iter_mut()
        .find_map(|row| row.shares[0].as_mut().filter(|share| **share == 1.0));
    *share.unwrap() = 0.9999;
    let soft = train(&with_rows(rows));
    // Twelve copies of every row for the verdict, another order of visits for the evidence.
    let apart = apart(&MODEL, &soft, "insult");
    assert!(apart < 5e-3, "{apart}");
}

#[test]
fn provenance_tells_rows_and_positives() {
    let training = &MODEL.provenance().labels["insult"];
    let positives = SET
        .rows
        .iter()
        .filter_map(|row| row.shares[0])
        .map(f64::from)
        .sum::<f64>();
    assert_eq!(training.rows, SET.rows.len() as u64);
    assert!((training.positives - positives).abs() < 1e-9);
    assert!(training.converged && training.alpha == 0.5, "{training:?}");
}

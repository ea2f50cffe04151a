//! `ombuds::metrics` against scikit-learn, scipy and krippendorff: see `metrics.py`.

use ombuds::metrics::agreement::{cohen_kappa, krippendorff_alpha};
use ombuds::metrics::proportion::wilson_interval;
use ombuds::metrics::rank_correlation::{pearson, spearman};
use ombuds::metrics::{Bins, Forecast, Ranking, Sample};
use serde::Deserialize;

const TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct Oracle {
    binary: Vec<Binary>,
    correlation: Vec<Correlation>,
    agreement: Vec<Agreement>,
    wilson: Vec<Wilson>,
}

#[derive(Deserialize)]
struct Binary {
    name: String,
    scores: Vec<f64>,
    labels: Vec<u8>,
    weights: Option<Vec<f64>>,
    roc_auc: Option<f64>,
    average_precision: Option<f64>,
    brier: f64,
    log_loss: f64,
    ece_equal_width_10: f64,
    ece_equal_width_15: f64,
    ece_equal_mass_10: f64,
    confusion: Vec<ConfusionRow>,
    roc: Option<Roc>,
    pr: Option<PrecisionRecall>,
}

#[derive(Deserialize)]
struct ConfusionRow {
    threshold: f64,
    counts: [f64; 4],
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
    accuracy: Option<f64>,
}

#[derive(Deserialize)]
struct Roc {
    fpr: Vec<f64>,
    tpr: Vec<f64>,
    thresholds: Vec<f64>,
}

#[derive(Deserialize)]
struct PrecisionRecall {
    precision: Vec<f64>,
    recall: Vec<f64>,
    thresholds: Vec<f64>,
}

#[derive(Deserialize)]
struct Correlation {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
    pearson: Option<f64>,
    spearman: Option<f64>,
}

#[derive(Deserialize)]
struct Agreement {
    name: String,
    ratings: Vec<Vec<Option<u8>>>,
    alpha: f64,
    kappa: f64,
}

#[derive(Deserialize)]
struct Wilson {
    k: f64,
    n: f64,
    level: f64,
    lower: f64,
    upper: f64,
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("metrics.json")).unwrap()
}

#[track_caller]
fn check(what: &str, got: impl Into<Option<f64>>, expected: impl Into<Option<f64>>) {
    let (got, expected) = (got.into(), expected.into());
    let close = match (got, expected) {
        (Some(got), Some(expected)) => {
            (got - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
        }
        (got, expected) => got == expected,
    };
    assert!(close, "{what}: got {got:?}, expected {expected:?}");
}

#[track_caller]
fn check_all(what: &str, got: impl IntoIterator<Item = f64>, expected: &[f64]) {
    let got: Vec<f64> = got.into_iter().collect();
    assert_eq!(got.len(), expected.len(), "{what}");
    for (&got, &expected) in got.iter().zip(expected) {
        check(what, got, expected);
    }
}

/// Runs a check on every binary case.
fn on_each(check_case: impl Fn(&Binary, &Sample<'_>)) {
    for case in &oracle().binary {
        let labels: Vec<bool> = case.labels.iter().map(|&label| label == 1).collect();
        let sample = Sample::new(&case.scores, &labels).unwrap();
        match &case.weights {
            Some(weights) => check_case(case, &sample.with_weights(weights).unwrap()),
            None => check_case(case, &sample),
        }
    }
}

#[test]
fn areas_equal_scikit_learn() {
    on_each(|case, sample| {
        let ranking = Ranking::new(sample);
        check(&case.name, ranking.roc_auc(), case.roc_auc);
        check(
            &case.name,
            ranking.average_precision(),
            case.average_precision,
        );
    });
}

#[test]
fn roc_curve_equals_scikit_learn() {
    on_each(|case, sample| {
        let (Some(expected), curve) = (&case.roc, Ranking::new(sample).roc_curve()) else {
            return;
        };
        let curve = curve.unwrap();
        check_all(
            &case.name,
            curve.iter().map(|p| p.false_positive_rate),
            &expected.fpr,
        );
        check_all(
            &case.name,
            curve.iter().map(|p| p.true_positive_rate),
            &expected.tpr,
        );
        check_all(
            &case.name,
            curve.iter().skip(1).map(|p| p.threshold),
            &expected.thresholds,
        );
    });
}

#[test]
fn precision_recall_curve_equals_scikit_learn() {
    on_each(|case, sample| {
        let Some(expected) = &case.pr else { return };
        let curve = Ranking::new(sample).precision_recall_curve().unwrap();
        // scikit-learn runs from the lowest threshold up.
        check_all(
            &case.name,
            curve.iter().rev().map(|p| p.precision),
            &expected.precision,
        );
        check_all(
            &case.name,
            curve.iter().rev().map(|p| p.recall),
            &expected.recall,
        );
        let thresholds = curve.iter().skip(1).rev().map(|p| p.threshold);
        check_all(&case.name, thresholds, &expected.thresholds);
    });
}

#[test]
fn confusion_equals_scikit_learn() {
    on_each(|case, sample| {
        let ranking = Ranking::new(sample);
        for row in &case.confusion {
            let what = format!("{} at {}", case.name, row.threshold);
            let got = ranking.confusion_at(row.threshold);
            let counts = [
                got.true_positives,
                got.false_positives,
                got.true_negatives,
                got.false_negatives,
            ];
            check_all(&what, counts, &row.counts);
            check(&what, got.precision(), row.precision);
            check(&what, got.recall(), row.recall);
            check(&what, got.f1(), row.f1);
            check(&what, got.accuracy(), row.accuracy);
        }
    });
}

#[test]
fn calibration_equals_scikit_learn() {
    on_each(|case, sample| {
        let forecast = Forecast::new(sample).unwrap();
        check(&case.name, forecast.brier(), case.brier);
        check(&case.name, forecast.log_loss(), case.log_loss);
        let error = |bins| forecast.expected_calibration_error(bins);
        check(
            &case.name,
            error(Bins::EqualWidth(10)),
            case.ece_equal_width_10,
        );
        check(
            &case.name,
            error(Bins::EqualWidth(15)),
            case.ece_equal_width_15,
        );
        check(
            &case.name,
            error(Bins::EqualMass(10)),
            case.ece_equal_mass_10,
        );
    });
}

#[test]
fn correlations_equal_scipy() {
    for case in oracle().correlation {
        check(&case.name, pearson(&case.x, &case.y).unwrap(), case.pearson);
        check(
            &case.name,
            spearman(&case.x, &case.y).unwrap(),
            case.spearman,
        );
    }
}

#[test]
fn agreement_equals_krippendorff_and_scikit_learn() {
    for case in oracle().agreement {
        let n_units = case.ratings[0].len();
        let units: Vec<Vec<Option<u8>>> = (0..n_units)
            .map(|unit| case.ratings.iter().map(|rater| rater[unit]).collect())
            .collect();
        check(&case.name, krippendorff_alpha(&units), case.alpha);
        let (first, second): (Vec<u8>, Vec<u8>) =
            units.iter().filter_map(|unit| unit[0].zip(unit[1])).unzip();
        check(
            &case.name,
            cohen_kappa(&first, &second).unwrap(),
            case.kappa,
        );
    }
}

#[test]
fn wilson_interval_equals_scipy() {
    for case in oracle().wilson {
        let what = format!("{} of {} at {}", case.k, case.n, case.level);
        let interval = wilson_interval(case.k, case.n, case.level).unwrap();
        check(&what, interval.lower, case.lower);
        check(&what, interval.upper, case.upper);
    }
}

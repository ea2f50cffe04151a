//! Laws that hold for every sample, tested on random ones.

use proptest::collection::vec;
use proptest::prelude::*;

use super::agreement::krippendorff_alpha;
use super::rank_correlation::spearman;
use super::{Bins, Forecast, Ranking, Sample, ScoreHistogram, SortedSample};

/// Rows of score (coarse, so that ties occur), label and weight.
fn rows() -> impl Strategy<Value = Vec<(f64, bool, f64)>> {
    let score = prop_oneof![(0..=20_u8).prop_map(|s| f64::from(s) / 20.0), 0.0..=1.0_f64];
    vec((score, any::<bool>(), 0.1..4.0_f64), 1..60)
}

fn split(rows: &[(f64, bool, f64)]) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let scores = rows.iter().map(|row| row.0).collect();
    (
        scores,
        rows.iter().map(|row| row.1).collect(),
        rows.iter().map(|row| row.2).collect(),
    )
}

fn ranking(scores: &[f64], labels: &[bool], weights: &[f64]) -> Ranking {
    Ranking::new(
        &Sample::new(scores, labels)
            .unwrap()
            .with_weights(weights)
            .unwrap(),
    )
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-12,
        (None, None) => true,
        _ => false,
    }
}

/// Counts into several histograms, as several machines would.
fn counted(parts: &[&[(f64, bool, f64)]]) -> ScoreHistogram {
    let mut whole = ScoreHistogram::new(200);
    for part in parts {
        let mut machine = ScoreHistogram::new(200);
        for &(score, label, weight) in *part {
            machine.update(score, label, weight).unwrap();
        }
        whole.merge(&machine).unwrap();
    }
    whole
}

proptest! {
    #[test]
    fn negated_scores_turn_the_area_over(rows in rows()) {
        let (scores, labels, weights) = split(&rows);
        let negated: Vec<f64> = scores.iter().map(|score| -score).collect();
        let turned = ranking(&negated, &labels, &weights).roc_auc().map(|area| 1.0 - area);
        prop_assert!(close(ranking(&scores, &labels, &weights).roc_auc(), turned));
    }

    #[test]
    fn rising_transforms_leave_the_areas_unchanged(rows in rows()) {
        let (scores, labels, weights) = split(&rows);
        // Multiplication by a power of two keeps every distinction and makes none.
        let moved: Vec<f64> = scores.iter().map(|score| score * 8.0).collect();
        let moved = ranking(&moved, &labels, &weights);
        prop_assert_eq!(moved.areas(), ranking(&scores, &labels, &weights).areas());
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in rows()) {
        let backwards: Vec<_> = rows.iter().rev().copied().collect();
        let (scores, labels, weights) = split(&rows);
        let (scores_back, labels_back, weights_back) = split(&backwards);
        let (a, b) = (
            ranking(&scores, &labels, &weights),
            ranking(&scores_back, &labels_back, &weights_back),
        );
        prop_assert!(close(a.roc_auc(), b.roc_auc()));
        prop_assert!(close(a.average_precision(), b.average_precision()));
    }

    #[test]
    fn a_row_of_weight_two_is_two_rows(rows in rows(), counts in vec(0..4_u32, 60)) {
        let (scores, labels, _) = split(&rows);
        let sample = Sample::new(&scores, &labels).unwrap();
        let repeated: Vec<_> = rows
            .iter()
            .zip(&counts)
            .flat_map(|(&row, &n)| std::iter::repeat_n(row, n as usize))
            .collect();
        prop_assume!(!repeated.is_empty());
        let (scores, labels, _) = split(&repeated);
        let expected = Sample::new(&scores, &labels).unwrap();
        let areas = SortedSample::new(&sample).areas(&counts);
        prop_assert_eq!(areas, Ranking::new(&expected).areas());
        let drawn = sample.resampled(&counts).unwrap();
        let (a, b) = (Forecast::new(&drawn).unwrap(), Forecast::new(&expected).unwrap());
        prop_assert!((a.brier() - b.brier()).abs() < 1e-12);
        for bins in [Bins::EqualWidth(10), Bins::EqualMass(5)] {
            let (a, b) = (a.expected_calibration_error(bins), b.expected_calibration_error(bins));
            prop_assert!((a - b).abs() < 1e-12);
        }
    }

    #[test]
    fn chosen_thresholds_keep_their_promise(rows in rows(), wanted in 0.0..=1.0_f64) {
        let (scores, labels, weights) = split(&rows);
        let ranking = ranking(&scores, &labels, &weights);
        if let Some(point) = ranking.threshold_at_precision(wanted, 0.0) {
            prop_assert!(point.confusion.precision() >= Some(wanted));
            prop_assert_eq!(point.confusion, ranking.confusion_at(point.threshold));
            let rivals = ranking.steps().iter().map(|step| ranking.confusion_at(step.threshold));
            for rival in rivals.filter(|rival| rival.precision() >= Some(wanted)) {
                prop_assert!(rival.recall() <= point.confusion.recall());
            }
        }
        if let Some(point) = ranking.best_f1() {
            for step in ranking.steps() {
                prop_assert!(
                    ranking.confusion_at(step.threshold).f1().unwrap()
                        <= point.confusion.f1().unwrap() + 1e-15
                );
            }
        }
        if let Some(point) = ranking.threshold_for_queue(wanted, 1.0) {
            prop_assert!(point.confusion.queue_per_1000() <= Some(1000.0 * wanted + 1e-9));
        }
    }

    #[test]
    fn merging_machines_gives_the_bits_of_one_pass(rows in rows(), cut in 0..60_usize) {
        let (first, second) = rows.split_at(cut.min(rows.len()));
        let whole = counted(&[&rows]);
        prop_assert_eq!(&whole, &counted(&[first, second]));
        prop_assert_eq!(&whole, &counted(&[second, first]));
    }

    #[test]
    fn binned_figures_stay_within_their_stated_error(rows in rows()) {
        let (scores, labels, weights) = split(&rows);
        let sample = Sample::new(&scores, &labels).unwrap().with_weights(&weights).unwrap();
        let exact = Ranking::new(&sample).areas();
        let histogram = counted(&[&rows]);
        let binned = histogram.finish();
        if let (Some(exact), Some(area)) = (exact.roc_auc, binned.roc_auc) {
            prop_assert!((exact - area).abs() <= binned.roc_auc_error + 1e-12);
        }
        if let Some(exact) = exact.average_precision {
            prop_assert!(exact >= binned.average_precision_lower.unwrap() - 1e-12);
            prop_assert!(exact <= binned.average_precision_upper.unwrap() + 1e-12);
        }
        let forecast = Forecast::new(&sample).unwrap();
        prop_assert!(close(binned.brier, Some(forecast.brier())));
        prop_assert!(close(binned.log_loss, Some(forecast.log_loss())));
        let error = forecast.expected_calibration_error(Bins::EqualWidth(10));
        prop_assert!(close(histogram.expected_calibration_error(10), Some(error)));
    }

    #[test]
    fn perfect_agreement_is_alpha_one(values in vec(0..4_u8, 2..30), n_raters in 2..5_usize) {
        prop_assume!(values.iter().any(|&value| value != values[0]));
        let units: Vec<Vec<Option<u8>>> =
            values.iter().map(|&value| vec![Some(value); n_raters]).collect();
        prop_assert_eq!(krippendorff_alpha(&units), Some(1.0));
    }

    #[test]
    fn correlation_with_itself_is_one(values in vec(-9.0..9.0_f64, 2..40)) {
        prop_assume!(values.iter().any(|&value| value != values[0]));
        prop_assert!(close(spearman(&values, &values).unwrap(), Some(1.0)));
    }
}

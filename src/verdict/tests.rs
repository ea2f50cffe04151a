use super::*;

/// Rows whose label follows the first column, with noise and a constant column.
fn rows(n_rows: usize, share_positive: f64) -> (Vec<[f64; N_COLUMNS]>, Vec<f32>) {
    let mut random = 1_u64;
    let mut next = || {
        random = crate::features::hashing::mix(random.wrapping_add(1));
        (random >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..n_rows)
        .map(|_| {
            let positive = next() < share_positive;
            let mut row = [0.0; N_COLUMNS];
            row[0] = f64::from(u8::from(positive)) + 1000.0 * 0.001 * next();
            row[1] = next();
            row[5] = 7.0;
            (row, f32::from(u8::from(positive)))
        })
        .unzip()
}

#[test]
fn positive_class_is_the_label_whichever_is_larger() {
    for share in [0.1, 0.9] {
        let (rows, shares) = rows(500, share);
        let fit = Verdict::fit(&rows, &shares, &[]).expect("fits");
        assert!(fit.converged, "{}", fit.gradient);
        assert!(fit.verdict.coef[0] > 0.0, "{:?}", fit.verdict);
        assert_eq!(fit.verdict.coef[5], 0.0);
    }
}

#[test]
fn scores_are_calibrated_on_the_training_rows() {
    let (rows, shares) = rows(2000, 0.3);
    let fit = Verdict::fit(&rows, &shares, &[]).expect("fits");
    let mean: f64 = rows
        .iter()
        .map(|row| sigmoid(fit.verdict.logit(row)))
        .sum::<f64>()
        / 2000.0;
    let share = f64::from(shares.iter().sum::<f32>()) / 2000.0;
    assert!((mean - share).abs() < 1e-4, "{mean} {share}");
}

#[test]
fn share_stands_between_the_classes() {
    let (rows, _) = rows(300, 0.5);
    let third = vec![1.0 / 3.0; 300];
    let fit = Verdict::fit(&rows, &third, &[]).expect("fits");
    assert!((sigmoid(fit.verdict.logit(&rows[0])) - 1.0 / 3.0).abs() < 0.01);
}

#[test]
fn copies_of_hard_labels_have_the_optimum_of_hard_labels() {
    let (rows, mut shares) = rows(300, 0.3);
    let hard = Verdict::fit(&rows, &shares, &[]).expect("fits").verdict;
    let share = shares
        .iter_mut()
        .find(|share| **share == 1.0)
        .expect("a positive");
    *share = 0.999;
    let soft = Verdict::fit(&rows, &shares, &[]).expect("fits").verdict;
    let pairs = hard
        .coef
        .iter()
        .chain([&hard.intercept])
        .zip(soft.coef.iter().chain([&soft.intercept]));
    for (a, b) in pairs {
        assert!((a - b).abs() < 1e-3, "{hard:?} {soft:?}");
    }
}

/// The same, but the classes overlap.
fn overlapping(n_rows: usize, share_positive: f64) -> (Vec<[f64; N_COLUMNS]>, Vec<f32>) {
    let (mut rows, shares) = rows(n_rows, share_positive);
    for row in &mut rows {
        row[0] += 2.0 * row[1];
        row[1] = 0.0;
    }
    (rows, shares)
}

/// Made rows in two sources, of which one is nearly all positive and the other hardly at all.
fn made(n_rows: usize) -> (Vec<[f64; N_COLUMNS]>, Vec<f32>, Vec<u16>) {
    let (mut all_rows, mut all_shares) = overlapping(n_rows, 0.9);
    let (rows, shares) = overlapping(n_rows, 0.2);
    all_rows.extend(rows);
    all_shares.extend(shares);
    let sources = (0..2 * n_rows).map(|i| if i < n_rows { 7 } else { 3 });
    (all_rows, all_shares, sources.collect())
}

fn mean_score(fit: &VerdictFit, rows: &[[f64; N_COLUMNS]]) -> f64 {
    let scores = rows.iter().map(|row| sigmoid(fit.verdict.logit(row)));
    scores.sum::<f64>() / rows.len() as f64
}

#[test]
fn made_rows_do_not_move_the_intercept_of_the_found() {
    let (mut rows, mut shares) = overlapping(1000, 0.1);
    let found = rows.clone();
    let alone = Verdict::fit(&rows, &shares, &[]).expect("fits");
    let (made, made_shares, sources) = made(2000);
    rows.extend(&made);
    shares.extend(&made_shares);
    let of_all = [vec![0; found.len()], sources].concat();
    let together = Verdict::fit(&rows, &shares, &of_all).expect("fits");
    assert!(together.converged);
    let (a, b) = (mean_score(&alone, &found), mean_score(&together, &found));
    assert!((a - 0.1).abs() < 0.02 && (a - b).abs() < 0.01, "{a} {b}");
    let (a, b) = (alone.verdict.coef[0], together.verdict.coef[0]);
    assert!(b > 0.5 * a, "both teach the coefficient: {a} {b}");
    // Taken for found, they do move it.
    let mixed = Verdict::fit(&rows, &shares, &[]).expect("fits");
    assert!(mean_score(&mixed, &found) - 0.1 > 0.05);
}

#[test]
fn without_found_rows_the_first_source_stands_for_them() {
    let (rows, shares, sources) = made(2000);
    let fit = Verdict::fit(&rows, &shares, &sources).expect("fits");
    let mean = mean_score(&fit, &rows[2000..]);
    let share = f64::from(shares[2000..].iter().sum::<f32>()) / 2000.0;
    assert!((mean - share).abs() < 0.01, "source 3: {mean} {share}");
    assert!((mean_score(&fit, &rows[..2000]) - 0.9).abs() > 0.02);
}

#[test]
fn closeness_never_speaks_for_a_label() {
    let (mut rows, shares) = overlapping(600, 0.4);
    let close = FIRST_NAMED + FIRST_RELATION + CLOSENESS[0];
    let noise = FIRST_NAMED + FIRST_RELATION + CLOSENESS[1];
    for (row, share) in rows.iter_mut().zip(&shares) {
        row[close] = f64::from(*share) + row[0];
        row[noise] = -f64::from(*share);
    }
    let coef = Verdict::fit(&rows, &shares, &[])
        .expect("fits")
        .verdict
        .coef;
    assert_eq!(coef[close], 0.0, "it would be positive, and is left out");
    assert!(coef[noise] < 0.0, "what speaks against stays");
    assert!(coef[0] > 0.0, "other columns are free");
}

#[test]
fn one_class_is_an_error() {
    let (rows, _) = rows(10, 0.5);
    assert!(matches!(
        Verdict::fit(&rows, &[1.0; 10], &[]),
        Err(VerdictError::OneClass { n_rows: 10 })
    ));
}

//! How far raters agree beyond chance: the ceiling of what a model can learn from their labels.
//!
//! # References
//! - Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C (nominal data, any
//!   number of raters, missing values).
//! - Cohen (1960), A coefficient of agreement for nominal scales.

use std::collections::BTreeMap;

use super::MetricError;
use super::sample::check_length;

/// Krippendorff's alpha for nominal data.
///
/// One item per unit (comment) with the values its raters gave; `None` is a missing value, and who
/// gave which value does not matter. Units with fewer than two values are left out.
///
/// ```text
/// alpha = 1 - D_o / D_e = 1 - (n - 1) sum_u [sum_{c != k} n_uc n_uk / (m_u - 1)]
///                               / sum_{c != k} n_c n_k
/// ```
///
/// n_uc: how often unit u got value c; m_u: its number of values; n_c, n: the same over all units
/// kept. 1 is perfect agreement, 0 what chance gives, below 0 systematic disagreement.
///
/// The result is `None` if no unit has two values or all values are the same (0/0).
pub fn krippendorff_alpha<V, U>(units: &[U]) -> Option<f64>
where
    V: Ord,
    U: AsRef<[Option<V>]>,
{
    let mut totals: BTreeMap<&V, f64> = BTreeMap::new();
    let mut observed = 0.0;
    for unit in units {
        let counts = count(unit.as_ref().iter().flatten());
        let n_values: f64 = counts.values().sum();
        if n_values < 2.0 {
            continue;
        }
        observed += unequal_pairs(&counts) / (n_values - 1.0);
        for (value, n) in counts {
            *totals.entry(value).or_default() += n;
        }
    }
    let n: f64 = totals.values().sum();
    let expected = unequal_pairs(&totals);
    (expected > 0.0).then(|| 1.0 - (n - 1.0) * observed / expected)
}

/// Cohen's kappa of two raters who both rated every row.
///
/// `(p_o - p_e) / (1 - p_e)`: agreement seen, corrected for that of raters with the same habits who
/// do not look. `None` if both always say the same one value (0/0).
///
/// # Errors
/// Slices of different length, or no rows.
pub fn cohen_kappa<V: Ord>(first: &[V], second: &[V]) -> Result<Option<f64>, MetricError> {
    check_length("second rater", first.len(), second.len())?;
    if first.is_empty() {
        return Err(MetricError::Empty);
    }
    let n = first.len() as f64;
    let agreed = first.iter().zip(second).filter(|(a, b)| a == b).count() as f64;
    let second_counts = count(second.iter());
    let by_chance: f64 = count(first.iter())
        .iter()
        .map(|(value, n)| n * second_counts.get(value).copied().unwrap_or(0.0))
        .sum();
    // Multiplied out by n^2, so that counts stay whole and 0/0 is found exactly.
    let room = n * n - by_chance;
    Ok((room > 0.0).then(|| (agreed * n - by_chance) / room))
}

fn count<'a, V: Ord>(values: impl Iterator<Item = &'a V>) -> BTreeMap<&'a V, f64> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1.0;
    }
    counts
}

/// Ordered pairs of unequal values: `n^2 - sum_c n_c^2`.
fn unequal_pairs<V: Ord>(counts: &BTreeMap<V, f64>) -> f64 {
    let n: f64 = counts.values().sum();
    n * n - counts.values().map(|n| n * n).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One unit per character position; `.` is missing.
    fn units(raters: &[&str]) -> Vec<Vec<Option<char>>> {
        let value = |rater: &&str, unit| rater.chars().nth(unit).filter(|&value| value != '.');
        (0..raters[0].len())
            .map(|unit| raters.iter().map(|rater| value(rater, unit)).collect())
            .collect()
    }

    #[test]
    fn alpha_of_krippendorffs_own_example() {
        // Krippendorff (2011), section C: four observers, twelve units, nominal alpha 0.743.
        let units = units(&[
            "123321412...",
            "1233224125.3",
            ".3332342251.",
            "12332441251.",
        ]);
        let alpha = krippendorff_alpha(&units).unwrap();
        assert!((alpha - 0.743).abs() < 5e-4, "{alpha}");
    }

    #[test]
    fn alpha_of_his_binary_example() {
        // Krippendorff (2011), section A: two observers, ten units, coincidences 10, 4, 4 and 2:
        // alpha = 1 - 19 * 4 / (14 * 6) = 0.095.
        let alpha = krippendorff_alpha(&units(&["0100000000", "1110010010"])).unwrap();
        assert!((alpha - 0.095).abs() < 5e-4, "{alpha}");
    }

    #[test]
    fn alpha_needs_pairs_and_variety() {
        assert_eq!(krippendorff_alpha(&units(&["12.", "..3"])), None);
        assert_eq!(krippendorff_alpha(&units(&["111", "111"])), None);
        assert_eq!(krippendorff_alpha(&units(&["112.", "1123"])), Some(1.0));
    }

    #[test]
    fn kappa_of_a_worked_example() {
        // 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: p_o = 0.7, p_e = 0.5, kappa = 0.4.
        let first: Vec<bool> = (0..50).map(|row| row < 25).collect();
        let second: Vec<bool> = (0..50)
            .map(|row| row < 20 || (25..35).contains(&row))
            .collect();
        assert!((cohen_kappa(&first, &second).unwrap().unwrap() - 0.4).abs() < 1e-15);
        assert_eq!(cohen_kappa(&[1, 1], &[1, 1]), Ok(None));
        assert_eq!(cohen_kappa(&[1, 2], &[1, 2]), Ok(Some(1.0)));
        assert!(cohen_kappa(&[1], &[1, 2]).is_err());
    }
}

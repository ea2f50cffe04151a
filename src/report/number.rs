//! Numbers as people read them; a dash where a figure is 0/0 or unknown.

use crate::metrics::{Estimate, Interval};

/// Three decimals: more than that no test set of a newsroom can tell apart.
pub fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))
}

/// A figure and its interval: `0.912 [0.887, 0.934]`.
pub fn estimate(estimate: &Estimate) -> String {
    let value = figure(estimate.value);
    match estimate.interval {
        Some(Interval { lower, upper, .. }) => format!("{value} [{lower:.3}, {upper:.3}]"),
        None => value,
    }
}

/// A threshold: four decimals as they are chosen, the last only if it is not 0.
pub fn threshold(value: f64) -> String {
    if value > 0.0 && value < 1e-4 {
        return format!("{value:.1e}");
    }
    let rounded = format!("{value:.4}");
    rounded.strip_suffix('0').unwrap_or(&rounded).to_owned()
}

/// A count with thousands apart: `12,500`; soft labels may give a fraction: `812.5`.
pub fn count(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    let (whole, tenths) = (
        rounded.trunc(),
        ((rounded.fract() * 10.0).round().abs()) as u32,
    );
    let digits = format!("{:.0}", whole.abs());
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    let sign = if rounded < 0.0 { "-" } else { "" };
    let fraction = if tenths == 0 {
        String::new()
    } else {
        format!(".{tenths}")
    };
    format!("{sign}{text}{fraction}")
}

/// A share in per cent: `12.5 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A probability in two digits, cut and not rounded: what is below a threshold never reads as if it
/// were at it. Small ones get the digits they need.
pub fn cut(probability: f64) -> String {
    let digits = if probability < 0.1 { 4 } else { 2 };
    let unit = 10_f64.powi(digits);
    format!("{:.*}", digits as usize, floor_to(probability, unit))
}

/// The largest multiple of `1 / unit` that is not above `probability`, as the nearest number to it.
pub(crate) fn floor_to(probability: f64, unit: f64) -> f64 {
    let nearest = (probability * unit).round();
    if nearest / unit > probability {
        (nearest - 1.0) / unit
    } else {
        nearest / unit
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_have_commas_and_at_most_a_tenth() {
        for (value, text) in [
            (0.0, "0"),
            (999.0, "999"),
            (1000.0, "1,000"),
            (1_234_567.25, "1,234,567.3"),
            (812.96, "813"),
            (-1500.5, "-1,500.5"),
        ] {
            assert_eq!(count(value), text);
        }
    }

    #[test]
    fn thresholds_are_short_unless_tiny() {
        for (value, text) in [
            (0.5, "0.500"),
            (0.1234, "0.1234"),
            (0.0, "0.000"),
            (1.0, "1.000"),
            (0.00002, "2.0e-5"),
        ] {
            assert_eq!(threshold(value), text);
        }
    }

    #[test]
    fn figures_that_are_nothing_are_a_dash() {
        let interval = Some(Interval {
            lower: 0.25,
            upper: 0.75,
            level: 0.95,
        });
        let known = Estimate {
            value: Some(0.5),
            interval,
            n_undefined: 0,
        };
        assert_eq!(estimate(&known), "0.500 [0.250, 0.750]");
        assert_eq!(
            estimate(&Estimate {
                value: None,
                interval: None,
                n_undefined: 0
            }),
            "–"
        );
    }

    #[test]
    fn scores_are_cut_and_not_rounded() {
        for (probability, expected) in [
            (0.978, "0.97"),
            (0.999_99, "0.99"),
            (1.0, "1.00"),
            (0.29, "0.29"),
            (0.001_29, "0.0012"),
            (0.0, "0.0000"),
        ] {
            assert_eq!(cut(probability), expected);
        }
    }

    proptest! {
        #[test]
        fn a_cut_score_is_at_a_threshold_where_the_exact_one_is(probability in 0.0..=1.0, threshold in 0_u32..=100_000) {
            let threshold = f64::from(threshold) / 1e5;
            for probability in [probability, threshold] {
                prop_assert_eq!(floor_to(probability, 1e5) >= threshold, probability >= threshold);
            }
        }
    }
}

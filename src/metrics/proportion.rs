//! An interval for a share of independent rows, without resampling.
//!
//! # References
//! - Wilson (1927), Probable inference, the law of succession, and statistical inference.
//! - Brown, Cai & DasGupta (2001), Interval estimation for a binomial proportion: why Wilson's.
//! - Wichura (1988), Algorithm AS 241: the percentage points of the normal distribution.

use super::Interval;

/// Wilson's score interval for `successes` out of `n`.
///
/// `None` unless `0 <= successes <= n`, `n > 0` and `level` lies in (0, 1). For shares of weights
/// or of rows that resemble each other use [`super::bootstrap`].
///
/// # Units
/// `level` up to 1 - 1e-10.
pub fn wilson_interval(successes: f64, n: f64, level: f64) -> Option<Interval> {
    if !(n > 0.0 && (0.0..=n).contains(&successes) && level > 0.0 && level < 1.0) {
        return None;
    }
    let z = normal_quantile_above_median(0.5 * level);
    let share = successes / n;
    let z2 = z * z / n;
    let centre = (share + 0.5 * z2) / (1.0 + z2);
    let half = z * (share * (1.0 - share) / n + 0.25 * z2 / n).sqrt() / (1.0 + z2);
    // The ends are 0 and 1 exactly at the extreme shares; rounding must not say otherwise.
    let lower = if successes == 0.0 { 0.0 } else { centre - half };
    let upper = if successes == n { 1.0 } else { centre + half };
    Some(Interval {
        lower,
        upper,
        level,
    })
}

/// The normal quantile of `0.5 + q` for `q` in [0, 0.5 - 1e-11], to about 1e-16 relative.
fn normal_quantile_above_median(q: f64) -> f64 {
    if q <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&CENTRE_NUMERATOR, r) / polynomial(&CENTRE_DENOMINATOR, r);
    }
    let r = (-(0.5 - q).ln()).sqrt() - 1.6;
    polynomial(&TAIL_NUMERATOR, r) / polynomial(&TAIL_DENOMINATOR, r)
}

/// Horner's rule; coefficients by rising power.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, &c| sum * x + c)
}

// Wichura's PPND16: a, b for the centre and c, d for the tail down to exp(-25).
const CENTRE_NUMERATOR: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTRE_DENOMINATOR: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const TAIL_NUMERATOR: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const TAIL_DENOMINATOR: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_are_the_tabled_ones() {
        let table = [
            (0.90, 1.644_853_626_951_472_2),
            (0.95, 1.959_963_984_540_054),
            (0.99, 2.575_829_303_548_900_4),
            (0.80, 1.281_551_565_544_600_4),
        ];
        for (level, z) in table {
            assert!(
                (normal_quantile_above_median(0.5 * level) - z).abs() < 1e-13,
                "{level}"
            );
        }
    }

    #[test]
    fn extreme_shares_end_at_the_border() {
        let none = wilson_interval(0.0, 10.0, 0.95).unwrap();
        assert_eq!(none.lower, 0.0);
        // z^2 / (n + z^2)
        assert!((none.upper - 0.277_532_799_862_889_2).abs() < 1e-12);
        assert_eq!(wilson_interval(10.0, 10.0, 0.95).unwrap().upper, 1.0);
        assert_eq!(wilson_interval(0.0, 0.0, 0.95), None);
        assert_eq!(wilson_interval(3.0, 2.0, 0.95), None);
    }
}

//! A share, or the numbers behind it where these are too few for one.

use crate::report::evaluation::MIN_SUPPORT;
use crate::report::number::{count, figure};

/// Comments behind a share below which it is an anecdote: its interval is some forty points wide.
pub(super) const FEW: f64 = MIN_SUPPORT;

/// `0.327`, or `1 of 3`. `n` may come of a share and be off in its last digits.
pub(super) fn rate(share: Option<f64>, n: f64) -> String {
    match share {
        Some(share) if n + 1e-6 < FEW => format!("{} of {}", count(share * n), count(n)),
        share => figure(share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_counted() {
        for (share, n, said) in [
            (Some(1.0 / 3.0), 3.0, "1 of 3"),
            (Some(0.0), 19.5, "0 of 19.5"),
            (Some(32.0 / 98.0), 98.0, "0.327"),
            (Some(0.55), 20.0 - 1e-12, "0.550"),
            (None, 0.0, "–"),
        ] {
            assert_eq!(rate(share, n), said);
        }
    }
}

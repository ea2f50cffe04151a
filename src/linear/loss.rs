//! The logistic function and loss in forms that do not overflow.
//!
//! Conventions: `y` in {-1, +1} as a sign, logits in nats, the loss of one row
//! `log(1 + exp(-y logit))`; sums and penalties belong to the callers.

/// `1 / (1 + exp(-logit))`, exact at both ends (split by sign, as in scikit-learn's `expit`).
pub fn sigmoid(logit: f64) -> f64 {
    if logit >= 0.0 {
        1.0 / (1.0 + (-logit).exp())
    } else {
        let e = logit.exp();
        e / (1.0 + e)
    }
}

/// `log(1 + exp(-margin))` for `margin = y logit`.
pub fn logistic_loss(margin: f64) -> f64 {
    if margin > 0.0 {
        (-margin).exp().ln_1p()
    } else {
        margin.exp().ln_1p() - margin
    }
}

/// [`sigmoid`], and the [`logistic_loss`] of a negative and of a positive row, of one exponential and one logarithm.
#[inline]
pub fn sigmoid_and_losses(logit: f64) -> (f64, [f64; 2]) {
    let e = (-logit.abs()).exp();
    let (above, log) = (1.0 / (1.0 + e), e.ln_1p());
    if logit >= 0.0 {
        (above, [log + logit, log])
    } else {
        (e * above, [log, log - logit])
    }
}

/// `log(p / (1 - p))`
pub fn logit(probability: f64) -> f64 {
    probability.ln() - (-probability).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_at_both_ends() {
        assert_eq!(sigmoid(800.0), 1.0);
        assert_eq!(sigmoid(-800.0), 0.0);
        assert!((logistic_loss(-800.0) - 800.0).abs() < 1e-12);
        assert_eq!(logistic_loss(800.0), 0.0);
        assert!((logit(sigmoid(3.0)) - 3.0).abs() < 1e-12);
    }

    #[test]
    fn together_as_apart() {
        for z in [0.0, 1e-8, -1e-8, 3.0, -3.0, 800.0, -800.0] {
            let (probability, losses) = sigmoid_and_losses(z);
            assert!((probability - sigmoid(z)).abs() < 1e-15, "{z}");
            assert_eq!(losses, [logistic_loss(-z), logistic_loss(z)], "{z}");
        }
    }
}

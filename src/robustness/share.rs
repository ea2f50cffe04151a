//! A share of so many, with its interval.

use serde::Serialize;

use crate::metrics::Interval;
use crate::metrics::proportion::wilson_interval;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// Those counted.
    pub n: usize,
    /// Of how many.
    pub of: usize,
    /// `n / of`; `None` of nothing.
    pub value: Option<f64>,
    /// Wilson's, 95 %, as if the texts were drawn independently. Cases written by hand are not: for them it
    /// says how little so few cases can say.
    pub interval: Option<Interval>,
}

impl Share {
    /// A share; `None` of nothing.
    pub fn new(n: usize, of: usize) -> Self {
        Self {
            n,
            of,
            value: (of > 0).then(|| n as f64 / of as f64),
            interval: wilson_interval(n as f64, of as f64, 0.95),
        }
    }

    /// How many of these hold.
    pub(super) fn of(flags: impl IntoIterator<Item = bool>) -> Self {
        let (mut n, mut of) = (0, 0);
        for flag in flags {
            n += usize::from(flag);
            of += 1;
        }
        Self::new(n, of)
    }
}

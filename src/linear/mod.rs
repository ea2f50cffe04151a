//! Sparse linear models. Knows nothing of text, labels or policy.

pub mod dual;
pub mod sparse;

//! Sparse linear models. Knows nothing of text, labels or policy.

pub mod columns;
pub mod conjugate;
pub mod dual;
pub mod logistic;
pub mod loss;
pub mod pattern;
pub mod presence;
pub mod prior;
pub mod sparse;
pub mod stored;
pub mod subspace;

pub use logistic::{FittedSparseLogistic, LogisticError, SparseLogistic};

//! The tensors of `model.safetensors`: their names, types and shapes, and what they must hold.
//!
//! All little endian:
//!
//! | name | type, shape | meaning |
//! |---|---|---|
//! | `columns` | u32 `(n)` | buckets that training saw, ascending |
//! | `idf_squared` | f32 `(n)` | squared inverse document frequency |
//! | `weights` | f32 `(n, n_labels)` | evidence weight times idf |
//! | `evidence_intercept` | f64 `(n_labels)` | intercept of the text evidence |
//! | `verdict` | f64 `(n_labels, n_columns + 1)` | verdict coefficients, intercept last |

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

use super::{Head, Model, WeightTable};
use crate::evidence::N_COLUMNS;
use crate::verdict::Verdict;

/// The tensors as little-endian bytes.
#[derive(Default)]
pub(super) struct Tensors {
    columns: Vec<u8>,
    idf_squared: Vec<u8>,
    weights: Vec<u8>,
    evidence_intercept: Vec<u8>,
    verdict: Vec<u8>,
}

impl Tensors {
    /// The tensors of a model.
    pub(super) fn of(model: &Model) -> Self {
        let mut tensors = Self::default();
        for column in model.table.used() {
            let entry = model.table.entry(column);
            tensors.columns.extend(column.to_le_bytes());
            tensors.idf_squared.extend(entry[0].to_le_bytes());
            tensors
                .weights
                .extend(entry[1..].iter().flat_map(|weight| weight.to_le_bytes()));
        }
        for head in &model.heads {
            tensors
                .evidence_intercept
                .extend(head.evidence_intercept.to_le_bytes());
            let row = head.verdict.coef.iter().chain([&head.verdict.intercept]);
            tensors
                .verdict
                .extend(row.flat_map(|value| value.to_le_bytes()));
        }
        tensors
    }

    /// Copies the tensors out of a file; fails with the reason in words.
    pub(super) fn read(file: &SafeTensors<'_>, n_labels: usize) -> Result<Self, String> {
        let bytes = |name: &str, dtype, shape: &[usize]| {
            let tensor = file.tensor(name).map_err(|error| error.to_string())?;
            if tensor.dtype() == dtype && (shape.is_empty() || tensor.shape() == shape) {
                Ok(tensor.data().to_vec())
            } else {
                Err(format!("tensor `{name}` has another type or shape"))
            }
        };
        let columns = bytes("columns", Dtype::U32, &[])?;
        let n_columns = columns.len() / 4;
        Ok(Self {
            columns,
            idf_squared: bytes("idf_squared", Dtype::F32, &[n_columns])?,
            weights: bytes("weights", Dtype::F32, &[n_columns, n_labels])?,
            evidence_intercept: bytes("evidence_intercept", Dtype::F64, &[n_labels])?,
            verdict: bytes("verdict", Dtype::F64, &[n_labels, N_COLUMNS + 1])?,
        })
    }

    /// As safetensors writes them.
    pub(super) fn views(&self) -> [(&'static str, TensorView<'_>); 5] {
        let n_columns = self.columns.len() / 4;
        let n_labels = self.evidence_intercept.len() / 8;
        let view = |name, dtype, shape: &[usize], bytes| {
            let view = TensorView::new(dtype, shape.to_vec(), bytes);
            (name, view.expect("length follows from the shape"))
        };
        [
            view("columns", Dtype::U32, &[n_columns], &self.columns),
            view("idf_squared", Dtype::F32, &[n_columns], &self.idf_squared),
            view("weights", Dtype::F32, &[n_columns, n_labels], &self.weights),
            view(
                "evidence_intercept",
                Dtype::F64,
                &[n_labels],
                &self.evidence_intercept,
            ),
            view(
                "verdict",
                Dtype::F64,
                &[n_labels, N_COLUMNS + 1],
                &self.verdict,
            ),
        ]
    }

    /// SHA-256 over the header's fields and the tensors.
    pub(super) fn sha256(&self, fields: &str) -> String {
        let all = [
            &self.columns,
            &self.idf_squared,
            &self.weights,
            &self.evidence_intercept,
            &self.verdict,
        ];
        let mut digest = Sha256::new_with_prefix(fields);
        for bytes in all {
            digest.update(bytes);
        }
        format!("{:x}", digest.finalize())
    }

    /// The weights; `None` if a column is out of range or out of order, or a number is not finite.
    pub(super) fn table(&self, bits: u32, n_labels: usize) -> Option<WeightTable> {
        let columns: Vec<u32> = numbers(&self.columns, u32::from_le_bytes).collect();
        let in_order = columns.windows(2).all(|pair| pair[0] < pair[1]);
        let in_range = columns
            .last()
            .is_none_or(|&last| u64::from(last) < 1 << bits);
        if !in_order || !in_range {
            return None;
        }
        let mut table = WeightTable::new(bits, n_labels);
        let mut weights = numbers(&self.weights, f32::from_le_bytes);
        for (&column, idf_squared) in columns
            .iter()
            .zip(numbers(&self.idf_squared, f32::from_le_bytes))
        {
            let entry = table.entry_mut(column);
            entry[0] = idf_squared;
            for value in &mut entry[1..] {
                *value = weights.next()?;
            }
            if !entry.iter().all(|value| value.is_finite()) || idf_squared <= 0.0 {
                return None;
            }
        }
        Some(table)
    }

    /// The labels' own parts; `None` if a number is not finite.
    pub(super) fn heads(&self, labels: &[String]) -> Option<Vec<Head>> {
        let intercepts = numbers(&self.evidence_intercept, f64::from_le_bytes);
        let verdicts: Vec<f64> = numbers(&self.verdict, f64::from_le_bytes).collect();
        let rows = verdicts.chunks_exact(N_COLUMNS + 1);
        let head = |((label, evidence_intercept), row): ((&String, f64), &[f64])| {
            let (coef, intercept) = row.split_first_chunk::<N_COLUMNS>()?;
            let verdict = Verdict {
                intercept: *intercept.first()?,
                coef: *coef,
            };
            let finite =
                row.iter().all(|value| value.is_finite()) && evidence_intercept.is_finite();
            finite.then(|| Head {
                label: label.clone(),
                evidence_intercept,
                verdict,
            })
        };
        labels.iter().zip(intercepts).zip(rows).map(head).collect()
    }
}

fn numbers<const N: usize, T>(
    bytes: &[u8],
    from_le: impl Fn([u8; N]) -> T,
) -> impl Iterator<Item = T> {
    bytes
        .chunks_exact(N)
        .map(move |chunk| from_le(chunk.try_into().expect("chunks are exact")))
}

//! The tensors of `model.safetensors`: their names, types and shapes, and what they must hold.
//!
//! All little endian:
//!
//! | name | type, shape | meaning |
//! |---|---|---|
//! | `used` | u8 `(2^bits / 8)` | a bit for each bucket that training saw, lowest first |
//! | `idf_squared` | i16 `(n)` | squared inverse document frequency, in units of `idf_scale` |
//! | `idf_scale` | f32 `(1)` | |
//! | `weights` | i16 `(n, n_labels)` | evidence weight times idf, in units of the label's scale |
//! | `weight_scale` | f32 `(n_labels)` | |
//! | `evidence_intercept` | f64 `(n_labels)` | intercept of the text evidence |
//! | `verdict` | f64 `(n_labels, n_columns + 1)` | verdict coefficients, intercept last |
//!
//! or, in a small model, `weights` as i8, whose square with its sign is meant,
//!
//! and in a model with the label `off_topic`:
//!
//! | `word_keys` | u64 `(m)` | hashes of words, ascending |
//! | `word_vectors` | i8 `(m, 64)` | their directions, of any length |
//! | `word_weights` | f32 `(m)` | how much they tell |
//! | `background` | f32 `(k, 64)` | directions of other articles |

use std::borrow::Cow;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

use super::{Head, Model, Precision, WeightTable};
use crate::evidence::N_COLUMNS;
use crate::relation::Space;
use crate::relation::vectors::{N_DIMS, WordVectors};
use crate::verdict::Verdict;

/// Rows of weights that are decoded together.
const ROWS_AT_ONCE: usize = 512;

/// The tensors as little-endian bytes: of a file that is read, or made for one that is written.
#[derive(Default)]
pub(super) struct Tensors<'a> {
    used: Cow<'a, [u8]>,
    idf_squared: Cow<'a, [u8]>,
    idf_scale: Cow<'a, [u8]>,
    weights: Cow<'a, [u8]>,
    precision: Precision,
    weight_scale: Cow<'a, [u8]>,
    evidence_intercept: Cow<'a, [u8]>,
    verdict: Cow<'a, [u8]>,
    space: Option<SpaceTensors<'a>>,
}

#[derive(Default)]
pub(super) struct SpaceTensors<'a> {
    keys: Cow<'a, [u8]>,
    vectors: Cow<'a, [u8]>,
    weights: Cow<'a, [u8]>,
    background: Cow<'a, [u8]>,
}

impl<'a> SpaceTensors<'a> {
    fn of(space: &Space) -> Self {
        let vectors = &space.vectors;
        Self {
            keys: vectors
                .keys()
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect(),
            vectors: vectors.rows().iter().map(|x| x.cast_unsigned()).collect(),
            weights: vectors
                .weights()
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect(),
            background: space.background().flat_map(f32::to_le_bytes).collect(),
        }
    }

    /// The words of a file; a file of words alone has no background.
    pub(super) fn read(file: &SafeTensors<'a>) -> Result<Self, String> {
        let keys = bytes(file, "word_keys", Dtype::U64, &[])?;
        let n_words = keys.len() / 8;
        Ok(Self {
            vectors: bytes(file, "word_vectors", Dtype::I8, &[n_words, N_DIMS])?,
            weights: bytes(file, "word_weights", Dtype::F32, &[n_words])?,
            background: bytes(file, "background", Dtype::F32, &[]).unwrap_or_default(),
            keys,
        })
    }

    /// The words; `None` if their parts do not fit.
    pub(super) fn vectors(&self) -> Option<WordVectors> {
        WordVectors::new(
            numbers(&self.keys, u64::from_le_bytes).collect(),
            self.vectors.iter().map(|x| x.cast_signed()).collect(),
            numbers(&self.weights, f32::from_le_bytes).collect(),
        )
    }

    fn parts(&self) -> [&[u8]; 4] {
        [&self.keys, &self.vectors, &self.weights, &self.background]
    }
}

impl<'a> Tensors<'a> {
    /// The tensors of a model.
    pub(super) fn of(model: &Model) -> Self {
        let mut tensors = Self {
            space: model.space.as_ref().map(SpaceTensors::of),
            ..Self::default()
        };
        tensors.add(&model.table);
        for head in &model.heads {
            tensors
                .evidence_intercept
                .to_mut()
                .extend(head.evidence_intercept.to_le_bytes());
            let row = head.verdict.coef.iter().chain([&head.verdict.intercept]);
            tensors
                .verdict
                .to_mut()
                .extend(row.flat_map(|value| value.to_le_bytes()));
        }
        tensors
    }

    fn add(&mut self, table: &WeightTable) {
        self.precision = table.precision();
        let used = self.used.to_mut();
        used.resize((1_usize << table.bits()).div_ceil(8), 0);
        for column in table.used() {
            used[column as usize / 8] |= 1 << (column % 8);
            let (idf_squared, weights) = table.steps(column).split_at(1);
            let short = |steps: &i16| steps.to_le_bytes();
            self.idf_squared
                .to_mut()
                .extend(idf_squared.iter().flat_map(short));
            match self.precision {
                Precision::Short => self.weights.to_mut().extend(weights.iter().flat_map(short)),
                Precision::Byte => self
                    .weights
                    .to_mut()
                    .extend(weights.iter().copied().map(root)),
            }
        }
        let (idf, labels) = table.scales().split_at(1);
        self.idf_scale = idf.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.weight_scale = labels.iter().flat_map(|x| x.to_le_bytes()).collect();
    }

    /// The tensors of a file; fails with the reason in words.
    pub(super) fn read(file: &SafeTensors<'a>, n_labels: usize) -> Result<Self, String> {
        let bytes = |name: &str, dtype, shape: &[usize]| bytes(file, name, dtype, shape);
        let used = bytes("used", Dtype::U8, &[])?;
        let n_columns = used.iter().map(|byte| byte.count_ones() as usize).sum();
        let is_small = file
            .tensor("weights")
            .is_ok_and(|it| it.dtype() == Dtype::I8);
        let precision = if is_small {
            Precision::Byte
        } else {
            Precision::Short
        };
        Ok(Self {
            used,
            idf_squared: bytes("idf_squared", Dtype::I16, &[n_columns])?,
            idf_scale: bytes("idf_scale", Dtype::F32, &[1])?,
            weights: bytes("weights", dtype(precision), &[n_columns, n_labels])?,
            precision,
            weight_scale: bytes("weight_scale", Dtype::F32, &[n_labels])?,
            evidence_intercept: bytes("evidence_intercept", Dtype::F64, &[n_labels])?,
            verdict: bytes("verdict", Dtype::F64, &[n_labels, N_COLUMNS + 1])?,
            space: match file.tensor("word_keys") {
                Err(_) => None,
                Ok(_) => Some(SpaceTensors::read(file)?),
            },
        })
    }

    /// As safetensors writes them.
    pub(super) fn views(&self) -> Vec<(&'static str, TensorView<'_>)> {
        let n_labels = self.evidence_intercept.len() / 8;
        let view = |name, dtype, shape: &[usize], bytes| {
            let view = TensorView::new(dtype, shape.to_vec(), bytes);
            (name, view.expect("length follows from the shape"))
        };
        let n_columns = self.idf_squared.len() / 2;
        let weights = dtype(self.precision);
        let mut views = vec![
            view("used", Dtype::U8, &[self.used.len()], &self.used),
            view("idf_squared", Dtype::I16, &[n_columns], &self.idf_squared),
            view("idf_scale", Dtype::F32, &[1], &self.idf_scale),
            view("weights", weights, &[n_columns, n_labels], &self.weights),
            view("weight_scale", Dtype::F32, &[n_labels], &self.weight_scale),
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
        ];
        if let Some(space) = &self.space {
            let n_words = space.keys.len() / 8;
            let n_background = space.background.len() / (4 * N_DIMS);
            views.extend([
                view("word_keys", Dtype::U64, &[n_words], &space.keys),
                view(
                    "word_vectors",
                    Dtype::I8,
                    &[n_words, N_DIMS],
                    &space.vectors,
                ),
                view("word_weights", Dtype::F32, &[n_words], &space.weights),
                view(
                    "background",
                    Dtype::F32,
                    &[n_background, N_DIMS],
                    &space.background,
                ),
            ]);
        }
        views
    }

    /// SHA-256 over the header's fields and the tensors.
    pub(super) fn sha256(&self, fields: &str) -> String {
        let all: [&[u8]; 7] = [
            &self.used,
            &self.idf_squared,
            &self.idf_scale,
            &self.weights,
            &self.weight_scale,
            &self.evidence_intercept,
            &self.verdict,
        ];
        let mut digest = Sha256::new_with_prefix(fields);
        let space = self.space.iter().flat_map(SpaceTensors::parts);
        for bytes in all.into_iter().chain(space) {
            digest.update(bytes);
        }
        format!("{:x}", digest.finalize())
    }

    /// The space, if there is one.
    ///
    /// # Errors
    /// Parts that do not fit, or a number that is not finite.
    pub(super) fn space(&self) -> Result<Option<Space>, &'static str> {
        let Some(tensors) = &self.space else {
            return Ok(None);
        };
        let vectors = tensors.vectors().ok_or("word vectors do not fit")?;
        let background: Vec<f32> = numbers(&tensors.background, f32::from_le_bytes).collect();
        if !background.iter().all(|x| x.is_finite()) {
            return Err("background is not finite");
        }
        Ok(Some(Space::from_parts(vectors, &background)))
    }

    /// The weights; `None` if the bits are too few or too many, a squared idf is not positive or a scale not finite.
    pub(super) fn table(&self, bits: u32) -> Option<WeightTable> {
        let scales = [&self.idf_scale, &self.weight_scale];
        let scales = scales.map(|bytes| numbers(bytes, f32::from_le_bytes));
        let scales: Vec<f32> = scales.into_iter().flatten().collect();
        let is_sound = |scale: &f32| scale.is_finite() && *scale >= 0.0;
        if self.used.len() != (1_usize << bits).div_ceil(8) || !scales.iter().all(is_sound) {
            return None;
        }
        let n_labels = scales.len() - 1;
        let mut table = WeightTable::empty(bits, self.precision, scales);
        let mut columns = set_bits(&self.used, 1 << bits);
        let mut idf_squared = numbers(&self.idf_squared, i16::from_le_bytes);
        let n_bytes = n_labels * dtype(self.precision).bitsize() / 8;
        // Many rows at once are decoded by wide instructions, which one row of some labels is too short for.
        let mut steps = Vec::with_capacity(ROWS_AT_ONCE * n_labels);
        for weights in self.weights.chunks((n_bytes * ROWS_AT_ONCE).max(1)) {
            steps.clear();
            match self.precision {
                Precision::Byte => steps.extend(weights.iter().copied().map(square)),
                Precision::Short => steps.extend(numbers(weights, i16::from_le_bytes)),
            }
            let rows = steps.chunks_exact(n_labels.max(1));
            for ((row, idf_squared), column) in rows.zip(&mut idf_squared).zip(&mut columns) {
                let (first, rest) = table.steps_mut(column).split_first_mut()?;
                if idf_squared <= 0 {
                    return None;
                }
                *first = idf_squared;
                rest.copy_from_slice(row);
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

/// The positions of the bits that are set, lowest first, below `end`.
fn set_bits(bytes: &[u8], end: u32) -> impl Iterator<Item = u32> + '_ {
    let (mut at, mut rest) = (0_usize, bytes.first().copied().unwrap_or(0));
    std::iter::from_fn(move || {
        while rest == 0 {
            at += 1;
            rest = *bytes.get(at)?;
        }
        let column = at as u32 * 8 + rest.trailing_zeros();
        rest &= rest - 1;
        (column < end).then_some(column)
    })
}

fn dtype(precision: Precision) -> Dtype {
    match precision {
        Precision::Short => Dtype::I16,
        Precision::Byte => Dtype::I8,
    }
}

/// The byte whose square, with its sign, a small model's weight is.
fn root(steps: i16) -> u8 {
    let root = f32::from(steps.unsigned_abs()).sqrt() as i8;
    (if steps < 0 { -root } else { root }).cast_unsigned()
}

/// The square of a byte, with its sign.
fn square(byte: u8) -> i16 {
    let root = i16::from(byte.cast_signed());
    root * root.abs()
}

fn bytes<'a>(
    file: &SafeTensors<'a>,
    name: &str,
    dtype: Dtype,
    shape: &[usize],
) -> Result<Cow<'a, [u8]>, String> {
    let tensor = file.tensor(name).map_err(|error| error.to_string())?;
    if tensor.dtype() == dtype && (shape.is_empty() || tensor.shape() == shape) {
        Ok(tensor.data().into())
    } else {
        Err(format!("tensor `{name}` has another type or shape"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_found_in_order() {
        let bits = |bytes: &[u8], end| set_bits(bytes, end).collect::<Vec<_>>();
        assert_eq!(bits(&[0b1000_0001, 0, 0b10], 24), [0, 7, 17]);
        assert_eq!(bits(&[0b1111_1111], 4), [0, 1, 2, 3]);
        assert_eq!(bits(&[0, 0], 16), [0_u32; 0]);
        assert_eq!(bits(&[], 8), [0_u32; 0]);
    }

    #[test]
    fn bytes_come_back_from_their_squares() {
        for byte in -127..=127_i8 {
            assert_eq!(root(square(byte.cast_unsigned())).cast_signed(), byte);
        }
    }
}

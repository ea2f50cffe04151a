//! The tensors of `model.safetensors`: their names, types and shapes, and what they must hold.
//!
//! All little endian:
//!
//! | name | type, shape | meaning |
//! |---|---|---|
//! | `columns` | u32 `(n)` | buckets that training saw, ascending |
//! | `idf_squared` | f32 `(n)` | squared inverse document frequency |
//! | `weights` | f32 `(n, n_labels)` | evidence weight times idf |
//!
//! or, in a small model, in place of these three
//!
//! | `used` | u8 `(2^bits / 8)` | a bit for each bucket that training saw, lowest first |
//! | `idf_squared` | bf16 `(n)` | |
//! | `weights` | i8 `(n, n_labels)` | the square of `weight / 127`, with its sign, in units of |
//! | `weight_scale` | f32 `(n_labels)` | the largest absolute weight of the label |
//!
//! and always
//!
//! | `evidence_intercept` | f64 `(n_labels)` | intercept of the text evidence |
//! | `verdict` | f64 `(n_labels, n_columns + 1)` | verdict coefficients, intercept last |
//!
//! and in a model with the label `off_topic`:
//!
//! | `word_keys` | u64 `(m)` | hashes of words, ascending |
//! | `word_vectors` | i8 `(m, 50)` | their directions, of any length |
//! | `word_weights` | f32 `(m)` | how much they tell |
//! | `background` | f32 `(k, 50)` | directions of other articles |

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

use super::quantize::{f32_to_short, short_to_f32, to_byte, to_weight};
use super::{Head, Model, WeightTable};
use crate::evidence::N_COLUMNS;
use crate::relation::Space;
use crate::relation::vectors::{N_DIMS, WordVectors};
use crate::verdict::Verdict;

/// The tensors as little-endian bytes.
#[derive(Default)]
pub(super) struct Tensors {
    /// Numbers of buckets, or bits.
    columns: Vec<u8>,
    idf_squared: Vec<u8>,
    weights: Vec<u8>,
    /// Only where weights are bytes.
    scales: Option<Vec<u8>>,
    evidence_intercept: Vec<u8>,
    verdict: Vec<u8>,
    space: Option<SpaceTensors>,
}

#[derive(Default)]
pub(super) struct SpaceTensors {
    keys: Vec<u8>,
    vectors: Vec<u8>,
    weights: Vec<u8>,
    background: Vec<u8>,
}

impl SpaceTensors {
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

    /// Copies the words out of a file; a file of words alone has no background.
    pub(super) fn read(file: &SafeTensors<'_>) -> Result<Self, String> {
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

    fn parts(&self) -> [&Vec<u8>; 4] {
        [&self.keys, &self.vectors, &self.weights, &self.background]
    }
}

impl Tensors {
    /// The tensors of a model.
    pub(super) fn of(model: &Model) -> Self {
        let mut tensors = Self {
            space: model.space.as_ref().map(SpaceTensors::of),
            ..Self::default()
        };
        match &model.table.scales {
            Some(scales) => tensors.add_small(&model.table, scales),
            None => tensors.add(&model.table),
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

    fn add(&mut self, table: &WeightTable) {
        for column in table.used() {
            let entry = table.entry(column);
            self.columns.extend(column.to_le_bytes());
            self.idf_squared.extend(entry[0].to_le_bytes());
            let weights = entry[1..].iter().flat_map(|weight| weight.to_le_bytes());
            self.weights.extend(weights);
        }
    }

    /// In a byte each.
    fn add_small(&mut self, table: &WeightTable, scales: &[f32]) {
        self.columns = vec![0; (1_usize << table.bits()).div_ceil(8)];
        for column in table.used() {
            let entry = table.entry(column);
            self.columns[column as usize / 8] |= 1 << (column % 8);
            self.idf_squared
                .extend(f32_to_short(entry[0]).to_le_bytes());
            let weights = entry[1..].iter().zip(scales);
            self.weights
                .extend(weights.map(|(&weight, &scale)| to_byte(weight, scale).cast_unsigned()));
        }
        self.scales = Some(
            scales
                .iter()
                .flat_map(|scale| scale.to_le_bytes())
                .collect(),
        );
    }

    /// Copies the tensors out of a file; fails with the reason in words.
    pub(super) fn read(file: &SafeTensors<'_>, n_labels: usize) -> Result<Self, String> {
        let bytes = |name: &str, dtype, shape: &[usize]| bytes(file, name, dtype, shape);
        let is_small = file.tensor("used").is_ok();
        let (columns, n_columns, types) = if is_small {
            let used = bytes("used", Dtype::U8, &[])?;
            let n_used = used.iter().map(|byte| byte.count_ones() as usize).sum();
            (used, n_used, [Dtype::BF16, Dtype::I8])
        } else {
            let columns = bytes("columns", Dtype::U32, &[])?;
            let n_columns = columns.len() / 4;
            (columns, n_columns, [Dtype::F32; 2])
        };
        let scales = is_small.then(|| bytes("weight_scale", Dtype::F32, &[n_labels]));
        Ok(Self {
            columns,
            idf_squared: bytes("idf_squared", types[0], &[n_columns])?,
            weights: bytes("weights", types[1], &[n_columns, n_labels])?,
            scales: scales.transpose()?,
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
        let mut views = if let Some(scales) = &self.scales {
            let n_columns = self.idf_squared.len() / 2;
            vec![
                view("used", Dtype::U8, &[self.columns.len()], &self.columns),
                view("idf_squared", Dtype::BF16, &[n_columns], &self.idf_squared),
                view("weights", Dtype::I8, &[n_columns, n_labels], &self.weights),
                view("weight_scale", Dtype::F32, &[n_labels], scales),
            ]
        } else {
            let n_columns = self.columns.len() / 4;
            vec![
                view("columns", Dtype::U32, &[n_columns], &self.columns),
                view("idf_squared", Dtype::F32, &[n_columns], &self.idf_squared),
                view("weights", Dtype::F32, &[n_columns, n_labels], &self.weights),
            ]
        };
        views.extend([
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
        ]);
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
        let all = [
            &self.columns,
            &self.idf_squared,
            &self.weights,
            &self.evidence_intercept,
            &self.verdict,
        ];
        let mut digest = Sha256::new_with_prefix(fields);
        let space = self.space.iter().flat_map(SpaceTensors::parts);
        for bytes in all.into_iter().chain(&self.scales).chain(space) {
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

    /// The weights; `None` if a column is out of range or out of order, or a number is not finite.
    pub(super) fn table(&self, bits: u32, n_labels: usize) -> Option<WeightTable> {
        if self.scales.is_some() {
            return self.small_table(bits, n_labels);
        }
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

    fn small_table(&self, bits: u32, n_labels: usize) -> Option<WeightTable> {
        if self.columns.len() != (1_usize << bits).div_ceil(8) {
            return None;
        }
        let scales: Vec<f32> = numbers(self.scales.as_ref()?, f32::from_le_bytes).collect();
        let mut table = WeightTable::new(bits, n_labels);
        let is_used = |column: &u32| self.columns[*column as usize / 8] >> (column % 8) & 1 == 1;
        let rows = numbers(&self.idf_squared, u16::from_le_bytes);
        let rows = rows.zip(self.weights.chunks_exact(n_labels));
        for (column, (idf_squared, weights)) in (0..1 << bits).filter(is_used).zip(rows) {
            let entry = table.entry_mut(column);
            entry[0] = short_to_f32(idf_squared);
            for ((value, byte), &scale) in entry[1..].iter_mut().zip(weights).zip(&scales) {
                *value = to_weight(byte.cast_signed(), scale);
            }
            if !entry.iter().all(|value| value.is_finite()) || entry[0] <= 0.0 {
                return None;
            }
        }
        table.scales = Some(scales);
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

fn bytes(
    file: &SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    shape: &[usize],
) -> Result<Vec<u8>, String> {
    let tensor = file.tensor(name).map_err(|error| error.to_string())?;
    if tensor.dtype() == dtype && (shape.is_empty() || tensor.shape() == shape) {
        Ok(tensor.data().to_vec())
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

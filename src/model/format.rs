//! The model on disk: a folder with `model.safetensors` (all that scores depend on) and
//! `config.toml` (thresholds, which may change without changing a score).
//!
//! safetensors is read by libraries in any language and holds no code. Tensors, little endian:
//!
//! | name | type, shape | meaning |
//! |---|---|---|
//! | `columns` | u32 `(n)` | buckets that training saw, ascending |
//! | `idf_squared` | f32 `(n)` | squared inverse document frequency |
//! | `weights` | f32 `(n, n_labels)` | evidence weight times idf |
//! | `evidence_intercept` | f64 `(n_labels)` | intercept of the text evidence |
//! | `verdict` | f64 `(n_labels, n_columns + 1)` | verdict coefficients, intercept last |
//!
//! The metadata key `ombuds` holds a JSON [`Header`]. Its first field, `sha256`, covers the rest of
//! its text and the tensors in the order of the table, so a flipped bit or a cut file is found before
//! anything is scored: in the tensors, but as well in a label's name or the lexicon.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::config::{CONFIG_FILE, Version, read_config};
use super::folder::{check_folder, replace, stage};
use super::{Head, Model, ModelError, Provenance, WeightTable};
use crate::evidence::{N_COLUMNS, column_names};
use crate::policy::OperatingPoint;
use crate::text::{TableSource, TextTables};
use crate::verdict::Verdict;

/// Version of the format, raised when an older program could misread a file.
pub const FORMAT: u32 = 1;
/// Version of normalisation, tokens, n-grams and hash; a model means nothing under another one.
pub(super) const FEATURES: &str = "ngrams.v1";
/// Name of the file in a model's folder.
pub const WEIGHTS_FILE: &str = "model.safetensors";
const METADATA_KEY: &str = "ombuds";
/// Bounds on what a file may claim, so that a hostile one cannot ask for all memory.
const MAX_BITS: u32 = 24;
const MAX_LABELS: usize = 256;
const MAX_ENTRIES: usize = 1 << 30;

/// JSON in the metadata of `model.safetensors`.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    features: String,
    bits: u32,
    labels: Vec<String>,
    /// Names of the evidence columns.
    columns: Vec<String>,
    lexicon: String,
    look_alikes: String,
    leet: String,
    provenance: Provenance,
}

/// How a header's text begins: 64 hexadecimal digits and `",` follow, then the fields of [`Header`].
const CHECKSUM_START: &str = "{\"sha256\":\"";
const CHECKSUM_LEN: usize = 64;

/// The model compiled into this build.
#[cfg(feature = "default-model")]
pub(super) fn embedded() -> Result<Model, ModelError> {
    let weights = include_bytes!("../../models/default/model.safetensors");
    let config = include_bytes!("../../models/default/config.toml");
    from_parts("embedded model", weights, Some(config))
}

impl Model {
    /// Reads a model's folder.
    ///
    /// # Errors
    /// [`ModelError`] for whatever is missing, damaged, newer or out of range; nothing is guessed.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        check_folder(folder)?;
        let path = folder.join(WEIGHTS_FILE);
        let weights = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ModelError::Missing {
                    path: folder.to_owned(),
                });
            }
            Err(source) => return Err(ModelError::Io { path, source }),
        };
        let config_path = folder.join(CONFIG_FILE);
        let config = match fs::read(&config_path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => {
                return Err(ModelError::Io {
                    path: config_path,
                    source,
                });
            }
        };
        from_parts(&path.display().to_string(), &weights, config.as_deref())
    }

    /// Writes `model.safetensors` and `config.toml` into a folder, which is made if need be. A model
    /// that is there is replaced when all is written, and stays as it is if that fails.
    ///
    /// # Errors
    /// [`ModelError::Io`], [`ModelError::NotAFolder`]
    pub fn write(&self, folder: &Path) -> Result<(), ModelError> {
        self.write_with(folder, &[])
    }

    /// The same, with more files (name, text) that belong to the model.
    pub(crate) fn write_with(
        &self,
        folder: &Path,
        more: &[(&str, &str)],
    ) -> Result<(), ModelError> {
        check_folder(folder)?;
        fs::create_dir_all(folder).map_err(|source| ModelError::Io {
            path: folder.to_owned(),
            source,
        })?;
        let (weights, config) = (self.to_bytes(), self.config_text());
        let own = [(WEIGHTS_FILE, &*weights), (CONFIG_FILE, config.as_bytes())];
        let more = more.iter().map(|&(name, text)| (name, text.as_bytes()));
        let staged = own.into_iter().chain(more).map(|(name, bytes)| {
            let path = folder.join(name);
            Ok((stage(&path, bytes)?, path))
        });
        let staged: Vec<_> = staged.collect::<Result<_, ModelError>>()?;
        staged
            .into_iter()
            .try_for_each(|(file, path)| replace(file, &path))
    }

    /// Puts a model together; computes its hash.
    pub(crate) fn assemble(
        tables: TextTables,
        table: WeightTable,
        heads: Vec<Head>,
        provenance: Provenance,
        policy: Vec<OperatingPoint>,
    ) -> Self {
        let mut model = Self {
            tables,
            table,
            heads,
            provenance,
            hash: String::new(),
            policy,
        };
        model.hash = short_hash(&model.to_bytes());
        model
    }

    /// The bytes of `model.safetensors`; a function of the model alone.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let tensors = Tensors::of(self);
        let source = self.tables.source().clone();
        let header = Header {
            format: FORMAT,
            features: FEATURES.to_owned(),
            bits: self.table.bits(),
            labels: self.labels().map(str::to_owned).collect(),
            columns: column_names().map(str::to_owned).collect(),
            lexicon: source.lexicon,
            look_alikes: source.look_alikes,
            leet: source.leet,
            provenance: self.provenance.clone(),
        };
        let header = serde_json::to_string(&header).expect("plain data serialises");
        let fields = &header[1..];
        let header = format!("{CHECKSUM_START}{}\",{fields}", tensors.sha256(fields));
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), header)]);
        let n_columns = tensors.columns.len() / 4;
        let n_labels = self.heads.len();
        let view = |dtype, shape: &[usize], bytes| {
            TensorView::new(dtype, shape.to_vec(), bytes).expect("length follows from the shape")
        };
        let views = [
            ("columns", view(Dtype::U32, &[n_columns], &tensors.columns)),
            (
                "idf_squared",
                view(Dtype::F32, &[n_columns], &tensors.idf_squared),
            ),
            (
                "weights",
                view(Dtype::F32, &[n_columns, n_labels], &tensors.weights),
            ),
            (
                "evidence_intercept",
                view(Dtype::F64, &[n_labels], &tensors.evidence_intercept),
            ),
            (
                "verdict",
                view(Dtype::F64, &[n_labels, N_COLUMNS + 1], &tensors.verdict),
            ),
        ];
        safetensors::serialize(views, Some(metadata)).expect("names are unique, shapes fit")
    }
}

/// The tensors as little-endian bytes.
#[derive(Default)]
struct Tensors {
    columns: Vec<u8>,
    idf_squared: Vec<u8>,
    weights: Vec<u8>,
    evidence_intercept: Vec<u8>,
    verdict: Vec<u8>,
}

impl Tensors {
    fn of(model: &Model) -> Self {
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

    /// SHA-256 over the header's fields and the tensors.
    fn sha256(&self, fields: &str) -> String {
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
}

fn from_parts(file: &str, weights: &[u8], config: Option<&[u8]>) -> Result<Model, ModelError> {
    let not_a_model = |detail: String| ModelError::NotAModel {
        file: file.to_owned(),
        detail,
    };
    let (_, metadata) =
        SafeTensors::read_metadata(weights).map_err(|error| not_a_model(error.to_string()))?;
    let text = metadata
        .metadata()
        .as_ref()
        .and_then(|map| map.get(METADATA_KEY));
    let text = text.ok_or_else(|| not_a_model("no `ombuds` metadata".to_owned()))?;
    let header = read_header(file, text)?;
    let tensors =
        SafeTensors::deserialize(weights).map_err(|error| not_a_model(error.to_string()))?;
    let bytes = |name: &str, dtype, shape: &[usize]| {
        let tensor = tensors
            .tensor(name)
            .map_err(|error| not_a_model(error.to_string()))?;
        if tensor.dtype() == dtype && (shape.is_empty() || tensor.shape() == shape) {
            Ok(tensor.data().to_vec())
        } else {
            Err(not_a_model(format!(
                "tensor `{name}` has another type or shape"
            )))
        }
    };
    let n_labels = header.labels.len();
    let columns = bytes("columns", Dtype::U32, &[])?;
    let n_columns = columns.len() / 4;
    let tensors = Tensors {
        columns,
        idf_squared: bytes("idf_squared", Dtype::F32, &[n_columns])?,
        weights: bytes("weights", Dtype::F32, &[n_columns, n_labels])?,
        evidence_intercept: bytes("evidence_intercept", Dtype::F64, &[n_labels])?,
        verdict: bytes("verdict", Dtype::F64, &[n_labels, N_COLUMNS + 1])?,
    };
    if !fits(text, &tensors) {
        return Err(ModelError::Damaged {
            file: file.to_owned(),
        });
    }
    let table = read_table(&tensors, header.bits, n_labels);
    let (Some(table), Some(heads)) = (table, read_heads(&tensors, &header.labels)) else {
        return Err(ModelError::Damaged {
            file: file.to_owned(),
        });
    };
    let hash = short_hash(weights);
    let policy = match config {
        Some(bytes) => read_config(file, bytes, &hash, &header.labels)?,
        None => vec![OperatingPoint::default(); n_labels],
    };
    let source = TableSource {
        lexicon: header.lexicon,
        look_alikes: header.look_alikes,
        leet: header.leet,
    };
    let (tables, provenance) = (TextTables::new(source), header.provenance);
    Ok(Model {
        tables,
        table,
        heads,
        provenance,
        hash,
        policy,
    })
}

fn read_header(file: &str, text: &str) -> Result<Header, ModelError> {
    #[derive(Deserialize)]
    struct Features {
        features: String,
    }
    let file = file.to_owned();
    let unreadable = |error: serde_json::Error| ModelError::NotAModel {
        file: file.clone(),
        detail: error.to_string(),
    };
    // The versions first: a newer header may have any other shape.
    let Version { format: found } = serde_json::from_str(text).map_err(unreadable)?;
    if found > FORMAT {
        return Err(ModelError::NewerFormat { file, found });
    }
    let Features { features } = serde_json::from_str(text).map_err(unreadable)?;
    if features != FEATURES {
        return Err(ModelError::OtherFeatures {
            file,
            found: features,
        });
    }
    let header: Header = serde_json::from_str(text).map_err(unreadable)?;
    let known = header.columns.iter().map(String::as_str).eq(column_names());
    let bounded = (1..=MAX_BITS).contains(&header.bits)
        && (1..=MAX_LABELS).contains(&header.labels.len())
        && (header.labels.len() + 1) << header.bits <= MAX_ENTRIES;
    if known && bounded {
        Ok(header)
    } else {
        Err(ModelError::Damaged { file })
    }
}

/// Whether a header's checksum is that of its other fields and the tensors.
fn fits(header: &str, tensors: &Tensors) -> bool {
    let parts = header
        .strip_prefix(CHECKSUM_START)
        .and_then(|rest| rest.split_at_checked(CHECKSUM_LEN));
    parts.is_some_and(|(checksum, rest)| {
        rest.strip_prefix("\",")
            .is_some_and(|fields| tensors.sha256(fields) == checksum)
    })
}

/// `None` if a column is out of range or out of order, or a number is not finite.
fn read_table(tensors: &Tensors, bits: u32, n_labels: usize) -> Option<WeightTable> {
    let columns: Vec<u32> = numbers(&tensors.columns, u32::from_le_bytes).collect();
    let in_order = columns.windows(2).all(|pair| pair[0] < pair[1]);
    let in_range = columns
        .last()
        .is_none_or(|&last| u64::from(last) < 1 << bits);
    if !in_order || !in_range {
        return None;
    }
    let mut table = WeightTable::new(bits, n_labels);
    let mut weights = numbers(&tensors.weights, f32::from_le_bytes);
    for (&column, idf_squared) in columns
        .iter()
        .zip(numbers(&tensors.idf_squared, f32::from_le_bytes))
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

fn read_heads(tensors: &Tensors, labels: &[String]) -> Option<Vec<Head>> {
    let intercepts = numbers(&tensors.evidence_intercept, f64::from_le_bytes);
    let verdicts: Vec<f64> = numbers(&tensors.verdict, f64::from_le_bytes).collect();
    let rows = verdicts.chunks_exact(N_COLUMNS + 1);
    let head = |((label, evidence_intercept), row): ((&String, f64), &[f64])| {
        let (coef, intercept) = row.split_first_chunk::<N_COLUMNS>()?;
        let verdict = Verdict {
            intercept: *intercept.first()?,
            coef: *coef,
        };
        let finite = row.iter().all(|value| value.is_finite()) && evidence_intercept.is_finite();
        finite.then(|| Head {
            label: label.clone(),
            evidence_intercept,
            verdict,
        })
    };
    labels.iter().zip(intercepts).zip(rows).map(head).collect()
}

fn numbers<const N: usize, T>(
    bytes: &[u8],
    from_le: impl Fn([u8; N]) -> T,
) -> impl Iterator<Item = T> {
    bytes
        .chunks_exact(N)
        .map(move |chunk| from_le(chunk.try_into().expect("chunks are exact")))
}

/// First 16 hexadecimal digits of the SHA-256.
fn short_hash(bytes: &[u8]) -> String {
    let mut hash = format!("{:x}", Sha256::digest(bytes));
    hash.truncate(16);
    hash
}

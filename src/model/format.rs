//! The model on disk: a folder with `model.safetensors` (all that scores depend on) and
//! `config.toml` (thresholds, which may change without changing a score).
//!
//! safetensors is read by libraries in any language and holds no code; `tensors.rs` lists the
//! tensors.
//!
//! The metadata key `ombuds` holds a JSON `Header`. Its first field, `sha256`, covers the rest of
//! its text and the tensors in the order of the table, so a flipped bit or a cut file is found before
//! anything is scored: in the tensors, but as well in a label's name or the lexicon.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::SafeTensors;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::config::{CONFIG_FILE, Version, named_model, read_config};
use super::folder::{check_folder, replace, stage};
use super::tensors::Tensors;
use super::{Head, Model, ModelError, Provenance, WeightTable};
use crate::evidence::column_names;
use crate::policy::OperatingPoint;
use crate::relation::{self, Space};
use crate::text::{TableSource, TextTables};

/// Version of the format, raised when an older program could misread a file.
pub const FORMAT: u32 = 6;
/// Version of normalisation, tokens, n-grams and hash; a model means nothing under another one.
pub(super) const FEATURES: &str = "ngrams.v5";
/// Name of the file in a model's folder.
pub const WEIGHTS_FILE: &str = "model.safetensors";
const METADATA_KEY: &str = "ombuds";
/// Bounds on what a file may claim, so that a hostile one cannot ask for all memory.
const MAX_BITS: u32 = 24;
const MAX_LABELS: usize = super::MAX_LABELS;
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
    from_parts("embedded model", weights, Some(config), Trust::Compiled)
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
        from_parts(
            &path.display().to_string(),
            &weights,
            config.as_deref(),
            Trust::Checked,
        )
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
        space: Option<Space>,
        table: WeightTable,
        heads: Vec<Head>,
        provenance: Provenance,
        policy: Vec<OperatingPoint>,
    ) -> Self {
        let mut model = Self {
            tables,
            space,
            table,
            heads,
            provenance,
            hash: String::new(),
            recent: None,
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
        safetensors::serialize(tensors.views(), Some(metadata))
            .expect("names are unique, shapes fit")
    }
}

/// Whether a model's bytes can have been damaged on their way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// They are part of the program, whose tests have checked them: neither checksum nor hash is computed at each
    /// start, which would take half of it.
    #[cfg_attr(not(feature = "default-model"), expect(dead_code))]
    Compiled,
    /// They come from a disk.
    Checked,
}

fn from_parts(
    file: &str,
    weights: &[u8],
    config: Option<&[u8]>,
    trust: Trust,
) -> Result<Model, ModelError> {
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
    let n_labels = header.labels.len();
    let tensors =
        SafeTensors::deserialize(weights).map_err(|error| not_a_model(error.to_string()))?;
    let tensors = Tensors::read(&tensors, n_labels).map_err(not_a_model)?;
    if trust == Trust::Checked && !fits(text, &tensors) {
        return Err(ModelError::Damaged {
            file: file.to_owned(),
        });
    }
    let (table, heads) = (tensors.table(header.bits), tensors.heads(&header.labels));
    let (Some(table), Some(heads), Ok(space)) = (table, heads, tensors.space()) else {
        return Err(ModelError::Damaged {
            file: file.to_owned(),
        });
    };
    // Else a file without them would score, and say nothing of what it lacks.
    if space.is_some() != header.labels.iter().any(|label| label == relation::LABEL) {
        return Err(ModelError::Damaged {
            file: file.to_owned(),
        });
    }
    let hash = match (trust, config) {
        (Trust::Compiled, Some(config)) => named_model(file, config)?,
        _ => short_hash(weights),
    };
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
        space,
        table,
        heads,
        provenance,
        hash,
        recent: None,
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
    match found.cmp(&FORMAT) {
        Ordering::Greater => return Err(ModelError::NewerFormat { file, found }),
        Ordering::Less => return Err(ModelError::OlderFormat { file, found }),
        Ordering::Equal => {}
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

/// First 16 hexadecimal digits of the SHA-256.
pub(super) fn short_hash(bytes: &[u8]) -> String {
    let mut hash = format!("{:x}", Sha256::digest(bytes));
    hash.truncate(16);
    hash
}

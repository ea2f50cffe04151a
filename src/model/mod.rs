//! A trained model: data that scores, loaded once and shared by all threads.
//!
//! [`Model`] is immutable but for its policy and an explicit context; [`Scorer`] is one thread's scratch around it. A model
//! that loads is a model that scores: everything is checked when it is read.

mod config;
pub mod diff;
mod error;
pub(crate) mod folder;
pub mod format;
mod held;
mod scorer;
mod sums;
mod table;
mod tensors;
#[cfg(test)]
mod tests;
pub mod words;

pub use config::CONFIG_FILE;
pub use error::ModelError;
pub(crate) use held::Held;
pub use scorer::{Scorer, Scores};
pub(crate) use sums::TextSums;
pub(crate) use table::MAX_LABELS;
pub use table::{Precision, WeightTable};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::comment::Article;
use crate::policy::OperatingPoint;
use crate::relation::{self, MIN_BACKGROUND, Space};
use crate::text::TextTables;
use crate::verdict::Verdict;

/// What one label's part of a model holds beside its weights in the shared table.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// The label's name.
    pub label: String,
    /// Intercept of the text evidence.
    pub evidence_intercept: f64,
    /// The rule over the evidence row.
    pub verdict: Verdict,
}

/// Where a model came from: enough to make it again and to see what changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of the program that trained it.
    pub program: String,
    /// Training files.
    pub data: Vec<DataFile>,
    /// Seed of splits and visits.
    pub seed: u64,
    /// Content hash of the model it was adapted from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// By label, what its training saw and how it ended.
    pub labels: BTreeMap<String, LabelTraining>,
    /// Languages that make up at least 2 % of the training rows, by ISO 639-3 code, with their shares.
    pub languages: BTreeMap<String, f64>,
}

/// One training file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataFile {
    /// Its name, without the folder.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows used.
    pub rows: u64,
}

/// How one label's training went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelTraining {
    /// Rows whose label is known.
    pub rows: u64,
    /// Sum of shares over them.
    pub positives: f64,
    /// Chosen strength of the penalty.
    pub alpha: f64,
    /// Passes of the evidence solver.
    pub n_iter: usize,
    /// Whether evidence and verdict reached their tolerances.
    pub converged: bool,
    /// Of which other label how much counts as its own evidence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub borrowed: BTreeMap<String, f64>,
}

/// A trained model.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) tables: TextTables,
    /// What the relation to articles is measured in; only where a label needs it.
    pub(crate) space: Option<Space>,
    pub(crate) table: WeightTable,
    pub(crate) heads: Vec<Head>,
    pub(crate) provenance: Provenance,
    pub(crate) hash: String,
    /// Version of the articles that stand in place of those of the training.
    recent: Option<String>,
    /// One operating point a label, in the order of the heads.
    pub(crate) policy: Vec<OperatingPoint>,
}

impl Model {
    /// The labels, in order.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        self.heads.iter().map(|head| head.label.as_str())
    }

    /// Position of a label.
    pub fn label_idx(&self, label: &str) -> Option<usize> {
        self.heads.iter().position(|head| head.label == label)
    }

    /// The labels' parts.
    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// The weights.
    pub fn table(&self) -> &WeightTable {
        &self.table
    }

    /// The tables of the text stage.
    pub fn tables(&self) -> &TextTables {
        &self.tables
    }

    /// The space in which comments are compared with articles, if the model has [`relation::LABEL`].
    pub fn space(&self) -> Option<&Space> {
        self.space.as_ref()
    }

    /// Position of the label that is about the relation to article and parent.
    pub fn relation_idx(&self) -> Option<usize> {
        self.label_idx(relation::LABEL)
    }

    /// Where it came from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// First 16 hexadecimal digits of the SHA-256 of `model.safetensors`: all that scores depend on.
    /// Thresholds are not part of it.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What names the scores: the hash, and behind a `+` the version of the articles that
    /// [`Self::compare_with`] was given.
    pub fn version(&self) -> Cow<'_, str> {
        match &self.recent {
            Some(recent) => format!("{}+{recent}", self.hash).into(),
            None => self.hash.as_str().into(),
        }
    }

    /// Compares comments with these articles of the site, in place of those of the training: how much closer is a
    /// comment to its own? An explicit context of all scores from now on, named in [`Self::version`] by the hash
    /// of what the articles come down to. Nothing changes and `false` comes back with fewer than
    /// [`MIN_BACKGROUND`] of them, or without the label [`relation::LABEL`].
    pub fn compare_with(&mut self, articles: &[Article]) -> bool {
        let space = self
            .space
            .as_ref()
            .map(|space| Space::new(Arc::clone(&space.vectors), articles, &self.tables));
        let Some(space) = space.filter(|space| space.n_background() >= MIN_BACKGROUND) else {
            return false;
        };
        let bytes: Vec<u8> = space.background().flat_map(f32::to_le_bytes).collect();
        self.recent = Some(format::short_hash(&bytes)[..8].to_owned());
        self.space = Some(space);
        true
    }

    /// Thresholds by label, in the order of [`Self::labels`].
    pub fn policy(&self) -> &[OperatingPoint] {
        &self.policy
    }

    /// Sets the thresholds of one label.
    ///
    /// # Panics  if the label index is out of range
    pub fn set_policy(&mut self, label_idx: usize, point: OperatingPoint) {
        self.policy[label_idx] = point;
    }

    /// A scorer for one thread.
    pub fn scorer(&self) -> Scorer<'_> {
        Scorer::new(self)
    }

    /// A scorer for one thread that keeps the model alive.
    pub fn shared_scorer(self: Arc<Self>) -> Scorer<'static> {
        Scorer::around(Held::Shared(self))
    }

    /// The model compiled into this build.
    ///
    /// # Panics  never in a build that passed its tests, which load it
    #[cfg(feature = "default-model")]
    pub fn embedded() -> Self {
        format::embedded().expect("the embedded model is checked by a test")
    }

    /// How good the embedded model was found to be: its `metrics.json`.
    #[cfg(feature = "default-model")]
    pub fn embedded_metrics() -> &'static str {
        include_str!("../../models/default/metrics.json")
    }

    /// What the embedded model is made by: its `recipe.toml`.
    #[cfg(feature = "default-model")]
    pub fn embedded_recipe() -> &'static str {
        include_str!("../../models/default/recipe.toml")
    }

    /// What its makers say of the embedded model: its `NOTES.md`.
    #[cfg(feature = "default-model")]
    pub fn embedded_notes() -> &'static str {
        include_str!("../../models/default/NOTES.md")
    }

    /// Where Perspective's thresholds stand in the embedded model's scores: its `threshold_map.json`.
    #[cfg(feature = "default-model")]
    pub fn embedded_threshold_map() -> &'static str {
        include_str!("../../models/default/threshold_map.json")
    }
}

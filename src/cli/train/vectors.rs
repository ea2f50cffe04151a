//! Where the word vectors of a training come from.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use crate::cli::notices;
use crate::model::Model;
use crate::model::words::read_vectors;
use crate::relation::vectors::WordVectors;
use crate::text::TextTables;
use crate::train::vectors::learn;
use crate::train::{Progress, TrainingSet};

/// What was asked for.
#[derive(Clone, Debug)]
pub(super) enum VectorSource {
    /// The texts of the data.
    Learn,
    /// A file of vectors.
    File(PathBuf),
}

impl FromStr for VectorSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "learn" => Self::Learn,
            path => Self::File(path.into()),
        })
    }
}

/// Vectors of words for the label that is about the relation to the article, if the set has it; learnt ones
/// from `rows` alone.
pub(super) fn obtain(
    source: Option<&VectorSource>,
    set: &TrainingSet,
    rows: &[usize],
    tables: &TextTables,
    base: Option<&Model>,
    progress: &dyn Progress,
) -> anyhow::Result<Arc<WordVectors>> {
    if set.relation_idx().is_none() {
        return Ok(Arc::default());
    }
    match source {
        Some(VectorSource::File(path)) => return Ok(Arc::new(read_vectors(path)?)),
        Some(VectorSource::Learn) => match learn(set, rows, tables, progress) {
            Ok(vectors) => return Ok(Arc::new(vectors)),
            Err(error) => notices(&[format!(
                "no word vectors learnt from {} rows: {error}; those at hand are used",
                rows.len()
            )]),
        },
        None => {}
    }
    if let Some(space) = base.and_then(Model::space) {
        return Ok(Arc::clone(&space.vectors));
    }
    #[cfg(feature = "default-model")]
    if let Some(space) = Model::embedded().space() {
        return Ok(Arc::clone(&space.vectors));
    }
    notices(&[
        "no word vectors: off_topic goes by shared words alone; name some with --vectors"
            .to_owned(),
    ]);
    Ok(Arc::default())
}

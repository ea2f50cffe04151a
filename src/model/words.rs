//! Files of word vectors: safetensors with the tensors `word_keys`, `word_vectors` and `word_weights`
//! of a model file, see `tensors.rs`.

use std::path::Path;

use safetensors::tensor::SafeTensors;

use super::ModelError;
use super::tensors::SpaceTensors;
use crate::relation::vectors::WordVectors;

/// Reads a file of word vectors.
///
/// # Errors
/// [`ModelError`] if it cannot be read, or holds something else.
pub fn read_vectors(path: &Path) -> Result<WordVectors, ModelError> {
    let not_vectors = |detail: String| ModelError::NotAModel {
        file: path.display().to_string(),
        detail,
    };
    let bytes = std::fs::read(path).map_err(|source| ModelError::Io {
        path: path.to_owned(),
        source,
    })?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| not_vectors(error.to_string()))?;
    let tensors = SpaceTensors::read(&file).map_err(not_vectors)?;
    tensors
        .vectors()
        .ok_or_else(|| not_vectors("its word vectors do not fit together".to_owned()))
}

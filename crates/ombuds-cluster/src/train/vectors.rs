//! Vectors as files that every process sees: how weights reach the partitions.
//!
//! Never as literals of a query: those are repeated for every row of a batch, and a plan may not exceed 16 MB. A file's
//! name carries the hash of its content, so a vector in memory is never stale.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::{Result, exec_datafusion_err, exec_err};

use crate::content;

/// First bytes of a file.
const MAGIC: &[u8; 8] = b"OMBVEC01";
/// Vectors kept in memory: those of one pass, and of the one before.
const MAX_KEPT: usize = 8;

static KEPT: Mutex<VecDeque<(String, Arc<Vec<f64>>)>> = Mutex::new(VecDeque::new());

/// Writes a vector into a folder; returns its path. Little-endian doubles after [`MAGIC`].
///
/// # Errors
/// The folder cannot be written.
pub(super) fn write(folder: &Path, values: &[f64]) -> Result<String> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    let hash = content::hash(&bytes, 12);
    let path = folder.join(format!("{hash}.vector"));
    if !path.exists() {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut file, &bytes)?;
        file.persist(&path).map_err(|error| error.error)?;
    }
    Ok(path.to_string_lossy().into_owned())
}

/// Reads a vector, or has it in memory still.
///
/// # Errors
/// No such file, or another kind of file.
pub(super) fn read(path: &str) -> Result<Arc<Vec<f64>>> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, vector)) = kept.iter().find(|(known, _)| known == path) {
        return Ok(Arc::clone(vector));
    }
    let bytes = fs::read(path).map_err(|error| {
        exec_datafusion_err!("{path}: {error}; the working folder must be seen by all executors")
    })?;
    let Some(numbers) = bytes.strip_prefix(MAGIC).filter(|rest| rest.len() % 8 == 0) else {
        return exec_err!("{path}: not a vector");
    };
    let (numbers, _) = numbers.as_chunks::<8>();
    let vector = Arc::new(
        numbers
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect(),
    );
    if kept.len() == MAX_KEPT {
        kept.pop_front();
    }
    kept.push_back((path.to_owned(), Arc::clone(&vector)));
    Ok(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_come_back_and_are_named_by_content() {
        let folder = tempfile::tempdir().unwrap();
        let values = [1.5, -0.0, f64::MIN_POSITIVE];
        let path = write(folder.path(), &values).unwrap();
        assert_eq!(write(folder.path(), &values).unwrap(), path);
        assert_ne!(write(folder.path(), &values[1..]).unwrap(), path);
        assert_eq!(*read(&path).unwrap(), values);
        fs::write(folder.path().join("x"), "no vector").unwrap();
        assert!(read(&folder.path().join("x").to_string_lossy()).is_err());
        assert!(read("/nowhere/y.vector").is_err());
    }
}

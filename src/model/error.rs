//! Why a model cannot be read or written, and what to do about it.

use std::path::PathBuf;

use thiserror::Error;

use super::format::{FEATURES, FORMAT, WEIGHTS_FILE};

/// Why a model could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file of the model's folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The folder is not there or has no model in it.
    #[error("{}: no model here (expected {WEIGHTS_FILE}); train one with `ombuds train --data FILE --model {}`", path.display(), path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// A file stands where the folder of a model should be.
    #[error("{}: is not a folder; name the folder of a model", path.display())]
    NotAFolder {
        /// What was named.
        path: PathBuf,
    },
    /// Files that a model would replace stand where there is no model: they are somebody's.
    #[error("{}: is there, and {} holds no model whose file it would be; name another folder", path.display(), folder(path))]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a model of this program, or is cut short.
    #[error("{file}: not an Ombuds model, or cut short ({detail}); copy or train it again")]
    NotAModel {
        /// The file.
        file: String,
        /// What was found.
        detail: String,
    },
    /// A model of a later version of the program.
    #[error(
        "{file}: model format {found}, but this version reads {FORMAT}; install a newer ombuds"
    )]
    NewerFormat {
        /// The file.
        file: String,
        /// Its format.
        found: u32,
    },
    /// A model of an earlier version of the program.
    #[error("{file}: model format {found}, but this version reads {FORMAT}; train it again")]
    OlderFormat {
        /// The file.
        file: String,
        /// Its format.
        found: u32,
    },
    /// A model whose features this version computes otherwise.
    #[error(
        "{file}: made for features `{found}`, but this version has `{FEATURES}`; train it again"
    )]
    OtherFeatures {
        /// The file.
        file: String,
        /// Its features.
        found: String,
    },
    /// The content does not fit its own checksum.
    #[error("{file}: damaged: its checksum does not fit its content; copy or train it again")]
    Damaged {
        /// The file.
        file: String,
    },
    /// The configuration is unreadable or does not fit the model.
    #[error("{file}: {detail}")]
    Config {
        /// The file.
        file: String,
        /// What is wrong, and the remedy.
        detail: String,
    },
}

fn folder(path: &std::path::Path) -> String {
    path.parent()
        .map_or_else(String::new, |folder| folder.display().to_string())
}

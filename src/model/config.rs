//! `config.toml`: the thresholds, which may change without changing a score.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::write_whole;
use super::format::{FORMAT, WEIGHTS_FILE};
use super::{Model, ModelError};
use crate::policy::OperatingPoint;

/// Name of the file in a model's folder.
pub const CONFIG_FILE: &str = "config.toml";

/// `config.toml`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    format: u32,
    /// Content hash of the model the thresholds were chosen for.
    model: String,
    policy: BTreeMap<String, OperatingPoint>,
}

/// The part of a header or configuration that no later format changes.
#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) format: u32,
}

const CONFIG_COMMENT: &str = "\
# Thresholds of an Ombuds model: a score at or above counts.
#   flag    sets the label's flag     review  from here on a person should look
#   reject  from here on rejection is proposed; leave it out and the label never rejects
# Change them by hand or with `ombuds tune`. Scores do not depend on this file.

";

/// What to do about a file that cannot be read.
const REMEDY: &str = "correct it, or remove the file to start from the usual thresholds";

impl Model {
    /// Writes only `config.toml`: after the thresholds were changed.
    ///
    /// # Errors
    /// [`ModelError::Io`]
    pub fn write_config(&self, folder: &Path) -> Result<(), ModelError> {
        write_whole(&folder.join(CONFIG_FILE), self.config_text().as_bytes())
    }

    /// The text of `config.toml`.
    pub(super) fn config_text(&self) -> String {
        let policy = self
            .labels()
            .map(str::to_owned)
            .zip(self.policy.iter().copied())
            .collect();
        let config = Config {
            format: FORMAT,
            model: self.hash.clone(),
            policy,
        };
        let text = toml::to_string(&config).expect("plain numbers and strings serialise");
        format!("{CONFIG_COMMENT}{text}")
    }
}

/// The content hash of the model that thresholds are for.
pub(super) fn named_model(model_file: &str, bytes: &[u8]) -> Result<String, ModelError> {
    let unreadable = |detail: String| ModelError::Config {
        file: model_file.replace(WEIGHTS_FILE, CONFIG_FILE),
        detail,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))?;
    let config: Config = toml::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    Ok(config.model)
}

/// Reads the thresholds of a model's labels, in their order.
pub(super) fn read_config(
    model_file: &str,
    bytes: &[u8],
    hash: &str,
    labels: &[String],
) -> Result<Vec<OperatingPoint>, ModelError> {
    let file = model_file.replace(WEIGHTS_FILE, CONFIG_FILE);
    let wrong = |detail: String| ModelError::Config {
        file: file.clone(),
        detail,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        wrong(format!(
            "byte {} is not UTF-8; {REMEDY}",
            error.valid_up_to()
        ))
    })?;
    let unreadable = |error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..start]).count();
        wrong(format!("line {line}: {}; {REMEDY}", error.message()))
    };
    // The version first: a newer file may have settings unknown here.
    let Version { format: found } = toml::from_str(text).map_err(unreadable)?;
    if found > FORMAT {
        return Err(ModelError::NewerFormat { file, found });
    }
    let config: Config = toml::from_str(text).map_err(unreadable)?;
    if config.model != hash {
        return Err(wrong(format!(
            "thresholds are for model {}, but {WEIGHTS_FILE} is {hash}: it was changed or damaged; \
             train again, or set `model = \"{hash}\"` if the file was exchanged on purpose",
            config.model
        )));
    }
    let point = |label: &String| {
        let point = config.policy.get(label).copied();
        let point =
            point.ok_or_else(|| wrong(format!("no [policy.{label}] for a label of the model")))?;
        let valid = point.is_valid();
        valid.then_some(point).ok_or_else(|| {
            wrong(format!(
                "[policy.{label}]: thresholds must be 0 to 1 with review <= flag <= reject"
            ))
        })
    };
    labels.iter().map(point).collect()
}

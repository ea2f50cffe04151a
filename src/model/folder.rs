//! Files of a model's folder, which appear whole or not at all.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use tempfile::NamedTempFile;

use super::ModelError;
use super::format::WEIGHTS_FILE;

/// Writes a file so that it is whole or not there: to a temporary neighbour, then renamed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    replace(stage(path, bytes)?, path)
}

/// Writes a temporary neighbour of a file.
pub(super) fn stage(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, ModelError> {
    let attempt = || {
        let folder = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let mut file = tempfile::Builder::new()
            .permissions(permissions())
            .tempfile_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(bytes)?;
        Ok(file)
    };
    attempt().map_err(|source| ModelError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Gives a staged file its name.
pub(super) fn replace(staged: NamedTempFile, path: &Path) -> Result<(), ModelError> {
    let renamed = staged.persist(path).map(drop);
    renamed.map_err(|error| ModelError::Io {
        path: path.to_owned(),
        source: error.error,
    })
}

/// Fails where writing a model would replace files that are no model's: of the names given, none may stand in a folder without
/// a model.
pub(crate) fn check_replaceable(folder: &Path, names: &[&str]) -> Result<(), ModelError> {
    if folder.join(WEIGHTS_FILE).exists() {
        return Ok(());
    }
    let mut paths = names.iter().map(|name| folder.join(name));
    match paths.find(|path| path.exists()) {
        Some(path) => Err(ModelError::NotOurs { path }),
        None => Ok(()),
    }
}

/// Fails where a model could not be written: before the work, not after it. Leaves nothing behind. The folder that is there
/// already: this one, or the nearest that it will be in.
pub(crate) fn check_writable(folder: &Path) -> Result<&Path, ModelError> {
    let nearest = folder.ancestors().find(|folder| folder.exists());
    let nearest = nearest.unwrap_or(Path::new("."));
    check_folder(nearest)?;
    let probe = tempfile::tempfile_in(nearest).map(|_| nearest);
    probe.map_err(|source| ModelError::Io {
        path: folder.to_owned(),
        source,
    })
}

/// Fails if something else than a folder is there.
pub(super) fn check_folder(path: &Path) -> Result<(), ModelError> {
    if path.exists() && !path.is_dir() {
        return Err(ModelError::NotAFolder {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// What a plain `File::create` would give, less the umask: temporary files are private by default.
#[cfg(unix)]
fn permissions() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

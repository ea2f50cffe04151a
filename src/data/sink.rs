//! Where output goes: a file that appears whole or not at all, or a stream.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use tempfile::NamedTempFile;
use zstd::stream::write::Encoder as ZstdEncoder;

use super::error::Error;
use super::format::{Compression, Format, from_name};

/// An output. Dropped before [`finish`](Sink::finish), it leaves no file behind.
pub struct Sink {
    file: String,
    codec: Codec,
}

enum Codec {
    Plain(BufWriter<Target>),
    Gzip(GzEncoder<BufWriter<Target>>),
    Zstd(ZstdEncoder<'static, BufWriter<Target>>),
}

enum Target {
    /// Standard output, a device, memory: written as it comes.
    Stream(Box<dyn Write + Send>),
    /// Renamed to the path at the end.
    Temporary {
        temporary: NamedTempFile,
        path: PathBuf,
    },
}

impl Sink {
    /// Prepares to write to a path, or to standard output for `-`; `.gz` and `.zst` compress.
    ///
    /// # Errors
    /// The path is one of `inputs`, a directory, or cannot be written.
    pub fn create(path: impl AsRef<Path>, inputs: &[impl AsRef<Path>]) -> Result<Self, Error> {
        let path = path.as_ref();
        let is_stdout = path.as_os_str() == "-";
        let file = if is_stdout {
            "standard output".to_owned()
        } else {
            path.display().to_string()
        };
        let target = stream_path(path, "/dev/stdout");
        let is_input = |input: &Path| is_same(target, stream_path(input, "/dev/stdin"));
        if inputs.iter().any(|input| is_input(input.as_ref())) {
            return Err(Error::OverInput { file });
        }
        if is_stdout {
            return Self::from_writer(&file, Box::new(io::stdout()));
        }
        if let Some(extension) = promised(path) {
            return Err(Error::ForeignFormat { file, extension });
        }
        if let Some(folder) = missing_folder(path) {
            return Err(Error::NoFolder { file, folder });
        }
        let target = match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(Error::Directory { file }),
            // A device or a named pipe is written to; renaming onto it would replace it.
            Ok(found) if !found.is_file() => fs::OpenOptions::new()
                .write(true)
                .open(path)
                .map(|device| Target::Stream(Box::new(device))),
            _ => temporary_beside(path),
        };
        Self::new(file, target)
    }

    /// Writes to any stream; `file` names it in messages, and its extension compresses.
    pub fn from_writer(file: &str, writer: Box<dyn Write + Send>) -> Result<Self, Error> {
        Self::new(file.to_owned(), Ok(Target::Stream(writer)))
    }

    fn new(file: String, target: io::Result<Target>) -> Result<Self, Error> {
        let compressed = |target| {
            let buffered = BufWriter::with_capacity(256 << 10, target);
            Ok(match from_name(&file).1 {
                Compression::None => Codec::Plain(buffered),
                Compression::Gzip => {
                    Codec::Gzip(GzEncoder::new(buffered, flate2::Compression::default()))
                }
                // Level 3 is the reference tool's default.
                Compression::Zstd => Codec::Zstd(ZstdEncoder::new(buffered, 3)?),
            })
        };
        match target.and_then(compressed) {
            Ok(codec) => Ok(Self { file, codec }),
            Err(error) => Err(Error::write(&file, error)),
        }
    }

    /// The name, for messages.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The layout that the name's extension asks for.
    pub fn format(&self) -> Option<Format> {
        from_name(&self.file).0
    }

    /// Writes what is buffered and lets the file appear under its name.
    pub fn finish(self) -> Result<(), Error> {
        let Self { file, codec } = self;
        let buffered = match codec {
            Codec::Plain(buffered) => Ok(buffered),
            Codec::Gzip(encoder) => encoder.finish(),
            Codec::Zstd(encoder) => encoder.finish(),
        };
        buffered
            .and_then(|buffered| {
                buffered
                    .into_inner()
                    .map_err(io::IntoInnerError::into_error)
            })
            .and_then(Target::finish)
            .map_err(|error| Error::write(&file, error))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.codec {
            Codec::Plain(writer) => writer.write(bytes),
            Codec::Gzip(writer) => writer.write(bytes),
            Codec::Zstd(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.codec {
            Codec::Plain(writer) => writer.flush(),
            Codec::Gzip(writer) => writer.flush(),
            Codec::Zstd(writer) => writer.flush(),
        }
    }
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sink")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Target {
    fn finish(self) -> io::Result<()> {
        match self {
            Self::Stream(mut writer) => writer.flush(),
            Self::Temporary { temporary, path } => temporary
                .persist(path)
                .map(drop)
                .map_err(|error| error.error),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stream(writer) => writer.write(bytes),
            Self::Temporary { temporary, .. } => temporary.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stream(writer) => writer.flush(),
            Self::Temporary { temporary, .. } => temporary.flush(),
        }
    }
}

/// A temporary file in the folder of `path`, where renaming is possible. Of a symbolic link the
/// target is replaced and not the link.
fn temporary_beside(path: &Path) -> io::Result<Target> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ombuds-").suffix(".tmp");
    // Temporary files are private by default; results have the rights of any new file.
    #[cfg(unix)]
    let rights: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(rights);
    let temporary = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    Ok(Target::Temporary { temporary, path })
}

/// What the name of a file promises that is not written: a spreadsheet program takes `.xlsx` at its word.
fn promised(path: &Path) -> Option<String> {
    const FOREIGN: [&str; 6] = ["xlsx", "xls", "ods", "numbers", "parquet", "pdf"];
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    FOREIGN
        .contains(&extension.as_str())
        .then(|| format!(".{extension}"))
}

/// The folder that a file should appear in, if it is not there.
fn missing_folder(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let is_named = !folder.as_os_str().is_empty();
    let is_missing = || fs::metadata(folder).is_err_and(|it| it.kind() == io::ErrorKind::NotFound);
    (is_named && is_missing()).then(|| folder.display().to_string())
}

/// The path of what `-` stands for: a shell may have connected it to a file (`>> in.csv`).
fn stream_path<'a>(path: &'a Path, stream: &'a str) -> &'a Path {
    if path.as_os_str() == "-" {
        Path::new(stream)
    } else {
        path
    }
}

/// Whether two paths are one file, through symbolic and hard links or another way round.
#[cfg(unix)]
fn is_same(path: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let inode = |path| {
        let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        Some((found.dev(), found.ino()))
    };
    inode(path).is_some_and(|one| inode(other) == Some(one))
}

/// Whether two paths are one file, through symbolic links or another way round.
#[cfg(not(unix))]
fn is_same(path: &Path, other: &Path) -> bool {
    match (fs::canonicalize(path), fs::canonicalize(other)) {
        (Ok(path), Ok(other)) => path == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_INPUT: &[&str] = &[];

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut sink = Sink::create(&path, NO_INPUT).unwrap();
        sink.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(sink);
        assert_eq!(names(folder.path()), [""; 0]);

        let mut sink = Sink::create(&path, NO_INPUT).unwrap();
        sink.write_all(b"whole").unwrap();
        sink.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[test]
    fn the_input_is_never_the_output() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "x").unwrap();
        let roundabout = folder.path().join(".").join("a.csv");
        let error = Sink::create(&roundabout, &[&path]).unwrap_err();
        assert!(matches!(error, Error::OverInput { .. }));
        #[cfg(unix)]
        {
            let (soft, hard) = (folder.path().join("soft"), folder.path().join("hard"));
            std::os::unix::fs::symlink(&path, &soft).unwrap();
            fs::hard_link(&path, &hard).unwrap();
            for link in [soft, hard] {
                assert!(matches!(
                    Sink::create(&link, &[&path]),
                    Err(Error::OverInput { .. })
                ));
            }
        }
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }

    #[test]
    fn places_that_cannot_be_written_are_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            Sink::create(folder.path(), NO_INPUT),
            Err(Error::Directory { .. })
        ));
        let told = |path: &str| {
            let path = folder.path().join(path);
            let told = Sink::create(path, NO_INPUT).unwrap_err().to_string();
            told.replace(&folder.path().display().to_string(), "at")
        };
        assert_eq!(
            told("no/out.csv"),
            "at/no/out.csv: there is no folder at/no; make it or name another"
        );
        assert!(told("out.XLSX").starts_with("at/out.XLSX: no .xlsx is written here; name"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_and_devices_survive() {
        let mut sink = Sink::create("/dev/full", NO_INPUT).unwrap();
        sink.write_all(b"x").unwrap();
        let error = sink.finish().unwrap_err();
        let Error::Write { source, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        assert!(!fs::metadata("/dev/full").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn results_can_be_read_by_whoever_may_read_new_files() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, plain) = (folder.path().join("out.csv"), folder.path().join("plain"));
        Sink::create(&path, NO_INPUT).unwrap().finish().unwrap();
        fs::write(&plain, "").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain));
    }
}

//! Files of labelled comments → one training set.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use super::sample::Sample;
use crate::cli::input::InputArgs;
use crate::cli::labelled::{LabelledComment, read_row, train_row};
use crate::cli::stream::{BadRows, stream};
use crate::comment::Article;
use crate::data::{ArticleStore, Error, LabelMap};
use crate::linear::stored::Room;
use crate::model::DataFile;
use crate::relation;
use crate::train::{TrainRow, TrainingSet};

/// How much memory a training may take, and where what does not fit is kept; without a bound, what half of the free
/// memory does not hold; without a folder everything stays in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) max_bytes: Option<u64>,
    pub(super) files: Room,
}

impl Memory {
    /// For rows to measure on: of these none is left out.
    pub(super) fn for_test(&self) -> Self {
        Self {
            max_bytes: None,
            files: self.files.clone(),
        }
    }
}

/// A file for texts that could not be written.
fn unwritten(source: io::Error) -> Error {
    Error::Write {
        file: "file for what does not fit into memory (see --scratch)".to_owned(),
        source,
    }
}

/// What was read for a training.
pub(super) struct Loaded {
    pub(super) set: TrainingSet,
    pub(super) files: Vec<DataFile>,
    /// Rows of each file that could not be used.
    pub(super) bad_rows: Vec<u64>,
    /// Where its features are to be kept.
    pub(super) room: Room,
}

/// Reads files of labelled comments into one training set.
pub(super) struct Loader<'a> {
    labels: &'a LabelMap,
    input: &'a InputArgs,
    articles: &'a Arc<ArticleStore>,
    /// Every file must have a column for every label; else it is enough that some file has.
    all_labels: bool,
    builder: SetBuilder,
    files: Vec<DataFile>,
    bad_rows: Vec<u64>,
    /// Labels that some file has a column for.
    found: Vec<bool>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(
        labels: &'a LabelMap,
        input: &'a InputArgs,
        articles: &'a Arc<ArticleStore>,
        all_labels: bool,
        memory: &Memory,
    ) -> Self {
        let names: Vec<String> = labels.labels().map(str::to_owned).collect();
        Self {
            labels,
            input,
            articles,
            all_labels,
            found: vec![false; names.len()],
            builder: SetBuilder::new(names, memory),
            files: Vec::new(),
            bad_rows: Vec::new(),
        }
    }

    /// Reads all files.
    pub(super) fn load(mut self, paths: &[PathBuf]) -> anyhow::Result<Loaded> {
        paths.iter().try_for_each(|path| self.load_file(path))?;
        self.finish(paths)
    }

    fn load_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let table = self.input.open(path)?;
        if self.labels.is_empty() {
            let columns = table.columns().join(", ");
            bail!(
                "name the labels to learn with --labels or --label-map; {} has the columns {columns}",
                path.display()
            );
        }
        if self.all_labels {
            // What belongs together is learnt without a column, too.
            let needed = self.labels.only(|label| label != relation::LABEL);
            needed.resolve(table.schema())?;
        }
        let columns = self.labels.resolve_present(table.schema());
        let present = self.labels.is_present(table.schema());
        for (found, present) in self.found.iter_mut().zip(present) {
            *found |= present;
        }
        crate::cli::notices(self.labels.serving(table.schema()).as_slice());
        let mut reader = self.input.reader(&table, self.articles)?;
        let mut rows = 0;
        let source = self.files.len();
        let mut bad = BadRows::default();
        stream(
            table,
            |row| read_row(row, &columns, &mut reader),
            || (),
            |(), row| row,
            |batch| {
                bad.sift(batch).try_for_each(|row| {
                    rows += 1;
                    self.builder.push(row, source).map_err(unwritten)
                })
            },
        )?;
        crate::cli::notices(reader.notice().as_slice());
        bad.judge(&path.display().to_string(), rows, self.input.strict())?;
        self.bad_rows.push(bad.n());
        self.files.push(DataFile {
            name: file_name(path),
            sha256: checksum(path)?,
            rows,
        });
        Ok(())
    }

    fn finish(mut self, paths: &[PathBuf]) -> anyhow::Result<Loaded> {
        let set = &self.builder.set;
        let has_context = |row: &TrainRow| row.article_idx.is_some() || row.parent.is_some();
        let is_missing = |i: usize| {
            let by_pairs = set.labels[i] == relation::LABEL && set.rows.iter().any(has_context);
            !self.found[i] && !by_pairs
        };
        if let Some(i) = (0..self.found.len()).find(|&i| is_missing(i)) {
            let label = &set.labels[i];
            bail!(
                "no file has a column for label `{label}`; map one with --label-map {label}=COLUMN"
            );
        }
        if set.rows.is_empty() {
            bail!("{}: a header and no rows", crate::cli::list(paths));
        }
        crate::cli::notices(self.builder.sample.notice_of_files().as_slice());
        if let Some(notice) = self.builder.sample.notice(set.rows.len()) {
            crate::cli::notices(&[notice]);
            self.files.iter_mut().for_each(|file| file.rows = 0);
            for row in &set.rows {
                self.files[usize::from(row.source)].rows += 1;
            }
        }
        let (set, room) = self.builder.finish()?;
        Ok(Loaded {
            set,
            room,
            files: self.files,
            bad_rows: self.bad_rows,
        })
    }
}

/// Gathers comments and their articles.
pub(super) struct SetBuilder {
    set: TrainingSet,
    has_relation: bool,
    sample: Sample,
    /// Index of each article in the set, by its address: readers share articles.
    article_idx: HashMap<usize, usize>,
    /// Keeps the addresses valid.
    kept: Vec<Arc<Article>>,
}

impl SetBuilder {
    pub(super) fn new(labels: Vec<String>, memory: &Memory) -> Self {
        // What belongs together is learnt from texts and articles side by side, which must be in memory; other labels
        // learn nothing from a context.
        let has_relation = labels.iter().any(|label| label == relation::LABEL);
        let files = if has_relation {
            Room::Memory
        } else {
            memory.files.clone()
        };
        Self {
            has_relation,
            sample: Sample::new(memory.max_bytes, files, labels.len()),
            set: TrainingSet {
                labels,
                ..TrainingSet::default()
            },
            article_idx: HashMap::new(),
            kept: Vec::new(),
        }
    }

    /// Takes a comment of the source of that number.
    pub(super) fn push(&mut self, row: LabelledComment, source: usize) -> io::Result<()> {
        let LabelledComment {
            mut comment,
            shares,
        } = row;
        if !self.has_relation {
            (comment.article, comment.parent, comment.thread) = (None, None, None);
        }
        let source = u16::try_from(source).unwrap_or(u16::MAX);
        let article_idx = comment.article.take().map(|article| {
            let next = self.set.articles.len();
            let idx = *self
                .article_idx
                .entry(Arc::as_ptr(&article).addr())
                .or_insert(next);
            if idx == next {
                self.set.articles.push((*article).clone());
                self.kept.push(article);
            }
            idx
        });
        let row = train_row(comment, article_idx, source, shares);
        self.sample.push(&mut self.set, row)
    }

    /// The set, and where its features are to be kept.
    pub(super) fn finish(mut self) -> anyhow::Result<(TrainingSet, Room)> {
        let room = self.sample.finish(&mut self.set).map_err(unwritten)?;
        Ok((self.set, room))
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// SHA-256 of a file's bytes; empty for a stream, which cannot be read twice.
pub(in crate::cli) fn checksum(path: &Path) -> anyhow::Result<String> {
    if path.as_os_str() == "-" {
        return Ok(String::new());
    }
    // A named pipe would wait for a writer that has gone.
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Ok(String::new());
    }
    let mut file = std::fs::File::open(path).with_context(|| format!("{}", path.display()))?;
    let mut digest = Sha256::new();
    io::copy(&mut file, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}

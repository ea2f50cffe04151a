//! Files of labelled comments → one training set.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::cli::input::InputArgs;
use crate::comment::Article;
use crate::data::{ArticleStore, LabelColumn, LabelMap, RowError};
use crate::model::DataFile;
use crate::train::{TrainRow, TrainingSet};

/// Bad rows that are still an accident and not a misunderstanding.
const MAX_BAD_SHARE: f64 = 0.01;

/// What was read for a training.
pub(super) struct Loaded {
    pub(super) set: TrainingSet,
    pub(super) files: Vec<DataFile>,
}

/// Reads files of labelled comments into one training set.
pub(super) struct Loader<'a> {
    labels: &'a LabelMap,
    input: &'a InputArgs,
    articles: &'a Arc<ArticleStore>,
    /// Every file must have a column for every label; else it is enough that some file has.
    all_labels: bool,
    loaded: Loaded,
    /// Index of each article in the set, by its address: readers share articles.
    article_idx: HashMap<*const Article, usize>,
    /// Keeps the addresses valid.
    kept: Vec<Arc<Article>>,
    /// Labels that some file has a column for.
    found: Vec<bool>,
    bad: Vec<RowError>,
}

/// Rows read at a time.
const BATCH: usize = 4096;

impl<'a> Loader<'a> {
    pub(super) fn new(
        labels: &'a LabelMap,
        input: &'a InputArgs,
        articles: &'a Arc<ArticleStore>,
        all_labels: bool,
    ) -> Self {
        let names: Vec<String> = labels.labels().map(str::to_owned).collect();
        let found = vec![false; names.len()];
        let set = TrainingSet {
            labels: names,
            ..TrainingSet::default()
        };
        Self {
            labels,
            input,
            articles,
            all_labels,
            loaded: Loaded {
                set,
                files: Vec::new(),
            },
            article_idx: HashMap::new(),
            kept: Vec::new(),
            found,
            bad: Vec::new(),
        }
    }

    pub(super) fn load(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut table = self.input.open(path)?;
        if self.labels.is_empty() {
            let columns = table.columns().join(", ");
            bail!(
                "name the labels to learn with --labels or --label-map; {} has the columns {columns}",
                path.display()
            );
        }
        let columns = if self.all_labels {
            self.labels
                .resolve(table.schema())?
                .into_iter()
                .map(Some)
                .collect()
        } else {
            self.labels.resolve_present(table.schema())
        };
        for (found, column) in self.found.iter_mut().zip(&columns) {
            *found |= column.is_some();
        }
        crate::cli::notices(self.labels.serving(table.schema()).as_slice());
        let mut reader = self.input.reader(&table, self.articles)?;
        let (n_before, bad_before) = (self.loaded.set.rows.len(), self.bad.len());
        loop {
            let batch = table.read_batch(BATCH)?;
            if batch.is_empty() {
                break;
            }
            for row in batch {
                match row {
                    Ok(row) => match shares(&columns, &row) {
                        Ok(shares) => self.push(reader.read(&row), shares),
                        Err(fault) => self.bad.push(row.error(fault)),
                    },
                    Err(error) => self.bad.push(error),
                }
            }
        }
        let rows = (self.loaded.set.rows.len() - n_before) as u64;
        self.check_bad(bad_before, rows)?;
        self.loaded.files.push(DataFile {
            name: file_name(path),
            sha256: checksum(path)?,
            rows,
        });
        Ok(())
    }

    /// A few bad rows are told and left out; many mean that something is misunderstood.
    fn check_bad(&self, bad_before: usize, rows: u64) -> anyhow::Result<()> {
        let bad = &self.bad[bad_before..];
        crate::cli::bad_rows(bad);
        if bad.len() as f64 > MAX_BAD_SHARE * (rows as f64 + bad.len() as f64) {
            let first = bad.first().map(ToString::to_string).unwrap_or_default();
            bail!(
                "{} of {} rows cannot be used; the first: {first}",
                bad.len(),
                rows as usize + bad.len()
            );
        }
        Ok(())
    }

    fn push(&mut self, comment: crate::data::OwnedComment, shares: Vec<Option<f32>>) {
        let article_idx = comment.article.map(|article| {
            let next = self.loaded.set.articles.len();
            let idx = *self
                .article_idx
                .entry(Arc::as_ptr(&article))
                .or_insert(next);
            if idx == next {
                self.loaded.set.articles.push((*article).clone());
                self.kept.push(article);
            }
            idx
        });
        self.loaded.set.rows.push(TrainRow {
            text: comment.text,
            author: comment.author,
            article_idx,
            parent: comment.parent.map(|parent| parent.to_string()),
            group: comment.group,
            shares,
        });
    }

    pub(super) fn finish(self) -> anyhow::Result<Loaded> {
        if let Some(i) = self.found.iter().position(|found| !found) {
            let label = &self.loaded.set.labels[i];
            bail!(
                "no file has a column for label `{label}`; map one with --label-map {label}=COLUMN"
            );
        }
        if self.loaded.set.rows.is_empty() {
            bail!("no labelled comments: the data has a header and no rows");
        }
        Ok(self.loaded)
    }
}

pub(in crate::cli) fn shares(
    columns: &[Option<LabelColumn>],
    row: &crate::data::Row,
) -> Result<Vec<Option<f32>>, crate::data::Fault> {
    let share = |column: &Option<LabelColumn>| column.as_ref().map_or(Ok(None), |c| c.share(row));
    columns.iter().map(share).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// SHA-256 of a file's bytes; empty for standard input, which cannot be read twice.
pub(in crate::cli) fn checksum(path: &Path) -> anyhow::Result<String> {
    if path.as_os_str() == "-" {
        return Ok(String::new());
    }
    let mut file = std::fs::File::open(path).with_context(|| format!("{}", path.display()))?;
    let mut digest = Sha256::new();
    std::io::copy(&mut file, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}

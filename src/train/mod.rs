//! Labelled comments → model.
//!
//! [`Features::extract`] reads every comment once, for all labels and fits. [`fit`] then does, for
//! labels of the same rows together: choose the penalty on a sample, fit the evidence on all but one fold at a
//! time and on all rows, side by side; then lend evidence to labels that borrow, and for each label fit the verdict on the
//! out-of-fold evidence, and set the thresholds where cross-fitted scores put them. What is summed together, and in which order, follows from the data, so
//! the result does not depend on the number of threads.

mod crossfit;
pub mod discussion;
mod features;
pub mod groups;
mod idf;
pub mod languages;
pub mod mispair;
pub mod pick;
mod texts;
pub mod thresholds;
pub mod vectors;

pub use crossfit::{Alpha, ENOUGH_FOR_VERDICT, LabelFit, Loan, keeps_verdict};
pub use features::Features;
pub use groups::{are_named, folds, groups, test_split};
pub use idf::smooth_idf;
pub use texts::{Away, Texts};

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use thiserror::Error;

use crate::comment::{Article, Comment};
use crate::evidence::N_NAMED;
use crate::linear::columns::Columns;
use crate::linear::pattern::Rows;
use crate::linear::presence::PresenceMatrix;
use crate::linear::stored::Stored;
use crate::model::{Head, MAX_LABELS, Model, Precision, Provenance, WeightTable};
use crate::relation::{self, Space};
use crate::text::TextTables;
use crate::verdict::VerdictError;
pub(crate) use crossfit::lenders;
use crossfit::{Evidence, LabelTask, lend, share_folds, solve_together};

/// One labelled comment, owned.
#[derive(Clone, Debug, Default)]
pub struct TrainRow {
    /// The raw text.
    pub text: String,
    /// Display name.
    pub author: Option<String>,
    /// Index into the training set's articles.
    pub article_idx: Option<usize>,
    /// Text of the comment it answers.
    pub parent: Option<String>,
    /// Display name of who wrote that.
    pub parent_author: Option<String>,
    /// Text of the comment that began the thread, where that is not the one it answers.
    pub thread: Option<String>,
    /// What must not be torn apart by a split: article or thread; `None` where the file has neither.
    pub group: Option<String>,
    /// Number of the file it comes from. Never a feature: rows that are made by pairing get an intercept
    /// by source, which is dropped.
    pub source: u16,
    /// By label: share of raters who gave it, or unknown.
    pub shares: Vec<Option<f32>>,
}

/// Labelled comments with their context.
#[derive(Clone, Debug, Default)]
pub struct TrainingSet {
    /// Names of the labels.
    pub labels: Vec<String>,
    /// The comments.
    pub rows: Vec<TrainRow>,
    /// The articles they stand under.
    pub articles: Vec<Article>,
    /// Where the texts are, if they are not in the rows.
    pub away: Option<Arc<Away>>,
}

impl TrainingSet {
    /// Position of the label that is about the relation to article and parent.
    pub fn relation_idx(&self) -> Option<usize> {
        self.labels
            .iter()
            .position(|label| label == relation::LABEL)
    }

    /// The texts of some rows in a line: borrowed, or read from where they were put.
    ///
    /// # Errors
    /// Only if they were [put away](Self::put_away): a file that cannot be read.
    pub fn texts(&self, rows: Range<usize>) -> io::Result<Texts<'_>> {
        match &self.away {
            Some(away) => away.texts(rows),
            None => Ok(Texts::Here(&self.rows)),
        }
    }

    /// A row as the scorer sees it, while texts are in memory.
    ///
    /// # Panics  if they are not
    pub fn comment(&self, row: usize) -> Comment<'_> {
        assert!(self.away.is_none(), "texts were put away");
        self.comment_of(row, &self.rows[row].text)
    }

    /// A row of which the text was read by [`texts`](Self::texts).
    pub fn comment_of<'a>(&'a self, row: usize, text: &'a str) -> Comment<'a> {
        let row = &self.rows[row];
        Comment {
            text,
            author: row.author.as_deref(),
            article: row.article_idx.map(|i| &self.articles[i]),
            parent: row.parent.as_deref(),
            parent_author: row.parent_author.as_deref(),
            thread: row.thread.as_deref(),
        }
    }
}

/// Settings of a training.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// Seed of folds and of made pairs.
    pub seed: u64,
    /// Strength of the penalty on evidence weights.
    pub alpha: Alpha,
    /// Number of buckets is `2^bits`.
    pub bits: u32,
    /// A column that fewer rows hold is left out: it cannot be told from chance.
    pub min_df: u32,
    /// How finely the model keeps its weights.
    pub precision: Precision,
    /// Whether the model is meant for comments of other sources than it is trained on: see
    /// [`crate::evidence::for_transfer`].
    pub transfer: bool,
    /// Labels that count another's evidence, in part, as their own.
    pub loans: Vec<Loan>,
}

impl Default for TrainOptions {
    fn default() -> Self {
        // 2^20: on Wikipedia talk 2^18 costs .0008 of ROC AUC, 2^22 gains .0002 at twice the time.
        Self {
            seed: 0,
            alpha: Alpha::Auto,
            bits: 20,
            min_df: 2,
            precision: Precision::Short,
            transfer: false,
            loans: Vec::new(),
        }
    }
}

/// Why a training was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// More labels than a model holds.
    #[error("{n_labels} labels, but a model holds at most {MAX_LABELS}; train several models")]
    TooManyLabels {
        /// How many were asked for.
        n_labels: usize,
    },
    /// A label with one class, or with none known.
    #[error(
        "label `{label}`: {rows} rows are labelled and {positives} of them positive; both classes are needed, in at least two articles, threads or clusters of similar comments"
    )]
    OneClass {
        /// The label.
        label: String,
        /// Rows whose label is known.
        rows: usize,
        /// Those with a share of at least one half.
        positives: usize,
    },
    /// A label that cannot borrow as it should.
    #[error("`{to}` cannot borrow from `{from}`: {detail}")]
    Loan {
        /// The label that would borrow.
        to: String,
        /// From whom.
        from: String,
        /// Why not.
        detail: &'static str,
    },
    /// The verdict could not be fitted.
    #[error("label `{label}`: {source}")]
    Verdict {
        /// The label.
        label: String,
        /// Why.
        source: VerdictError,
    },
    /// A file for what does not fit into memory could not be written or read.
    #[error("a file for what does not fit into memory (see --scratch): {0}")]
    Scratch(#[from] io::Error),
}

/// Told how far a long work is. The command line shows bars; `()` shows nothing.
pub trait Progress: Sync {
    /// A stage of `n` steps begins.
    fn start(&self, stage: &str, n: usize);
    /// `n` more steps are done.
    fn advance(&self, n: usize);
}

impl Progress for () {
    fn start(&self, _: &str, _: usize) {}
    fn advance(&self, _: usize) {}
}

/// Rows per unit of parallel work.
const CHUNK: usize = 1024;

/// Fits a model of all labels on some rows of a set.
///
/// `groups` gives every row of the set its group (see [`groups()`]); `base`, if given, is a model
/// whose weights the new ones are drawn to (their difference is penalised) and whose tables and
/// buckets are used; `features` must have been extracted with them.
///
/// `rows` must be in ascending order.
///
/// # Errors
/// [`TrainError`]: a label without both classes; a file that cannot be written or read, if features are in files.
///
/// # Complexity  for labels of the same rows, by eight of their fits (folds and the whole) that of one evidence fit
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one training, each named at the call"
)]
pub fn fit(
    set: &TrainingSet,
    features: &Features,
    groups: &[u32],
    rows: &[usize],
    base: Option<&Model>,
    provenance: Provenance,
    options: &TrainOptions,
    progress: &dyn Progress,
) -> Result<Model, TrainError> {
    let n_labels = set.labels.len();
    if n_labels > MAX_LABELS {
        return Err(TrainError::TooManyLabels { n_labels });
    }
    let lenders = lenders(&set.labels, &options.loans)?;
    let tables = base.map_or_else(TextTables::shipped, |base| base.tables().clone());
    let idf = idf::inverse_document_frequencies(&features.text, rows, base, options.min_df)?;
    let matrices = Matrices {
        text: PresenceMatrix::new(&features.text, &idf)?,
        name: PresenceMatrix::new(&features.name, &idf)?,
        named: &features.named,
        silent: &features.silent,
        transfer: options.transfer,
    };
    let pairs = match (set.relation_idx(), &features.space) {
        (Some(idx), Some(space)) => {
            mispair::pairs(set, idx, groups, rows, &tables, space, options.seed)
        }
        _ => Vec::new(),
    };
    let mut tasks: Vec<LabelTask> = (0..n_labels)
        .map(|label_idx| LabelTask::new(set, label_idx, groups, rows, base, &pairs, options.seed))
        .collect::<Result<_, _>>()?;
    share_folds(&mut tasks, &lenders, options.seed)?;
    // The solver's runs, and a step for each verdict.
    let n_steps = tasks.iter().map(|task| task.n_fits() + 1).sum();
    progress.start("fitting", n_steps);
    let mut evidence: Vec<Option<Evidence>> = tasks.iter().map(|_| None).collect();
    while let Some(first) = evidence.iter().position(Option::is_none) {
        // Labels of the same rows share the columns; others follow, for each has work for all threads.
        let is_alike = |&label_idx: &usize| tasks[label_idx].rows() == tasks[first].rows();
        let alike: Vec<usize> = (first..n_labels).filter(is_alike).collect();
        let columns = Columns::new(&matrices.text, tasks[first].rows())?;
        let together: Vec<&LabelTask> = alike.iter().map(|&label_idx| &tasks[label_idx]).collect();
        let found = solve_together(&together, &matrices, &columns, options, progress)?;
        for (label_idx, found) in alike.into_iter().zip(found) {
            evidence[label_idx] = Some(found);
        }
    }
    let mut evidence: Vec<Evidence> = evidence.into_iter().flatten().collect();
    lend(&mut evidence, &lenders);
    let finish = |(task, evidence): (&LabelTask, _)| {
        let fit = task.finish(&matrices, evidence, options.seed);
        progress.advance(1);
        fit
    };
    let fits = tasks.par_iter().zip(evidence).map(finish);
    let mut fits: Vec<LabelFit> = fits.collect::<Result<_, _>>()?;
    for (fit, lender) in fits.iter_mut().zip(lenders) {
        let loan = lender.map(|(from, share)| (set.labels[from].clone(), share));
        fit.training.borrowed = loan.into_iter().collect();
    }
    let space = features.space.clone();
    Ok(assemble(tables, space, &idf, fits, provenance, options))
}

/// The rows of a training in all their parts.
pub(crate) struct Matrices<'a> {
    pub(crate) text: PresenceMatrix<'a>,
    pub(crate) name: PresenceMatrix<'a>,
    pub(crate) named: &'a Stored<[f32; N_NAMED]>,
    pub(crate) silent: &'a [bool],
    pub(crate) transfer: bool,
}

/// Some rows of [`Matrices`] in a line, in memory.
pub(crate) struct Window<'a> {
    first: usize,
    text: Rows<'a>,
    name: Rows<'a>,
    named: Cow<'a, [[f32; N_NAMED]]>,
}

impl Matrices<'_> {
    fn window(&self, rows: Range<usize>) -> io::Result<Window<'_>> {
        Ok(Window {
            first: rows.start,
            text: self.text.rows(rows.clone())?,
            name: self.name.rows(rows.clone())?,
            named: self.named.read(rows)?,
        })
    }
}

/// A model of fitted labels, which share `idf` and the buckets of `options`.
pub fn assemble(
    tables: TextTables,
    space: Option<Space>,
    idf: &[f32],
    fits: Vec<LabelFit>,
    mut provenance: Provenance,
    options: &TrainOptions,
) -> Model {
    let table = WeightTable::new(
        options.bits,
        fits.len(),
        options.precision,
        |column| idf[column as usize] * idf[column as usize],
        |label_idx, column| fits[label_idx].weights[column as usize],
    );
    let mut heads = Vec::with_capacity(fits.len());
    let mut policy = Vec::with_capacity(fits.len());
    for fit in fits {
        provenance.labels.insert(fit.label.clone(), fit.training);
        policy.push(fit.point);
        heads.push(Head {
            label: fit.label,
            evidence_intercept: fit.intercept,
            verdict: fit.verdict,
        });
    }
    Model::assemble(tables, space, table, heads, provenance, policy)
}

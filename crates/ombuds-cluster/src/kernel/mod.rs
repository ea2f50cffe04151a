//! Scores over Arrow arrays: string columns in, columns of scores out, nulls in, nulls out.
//!
//! Knows Arrow and the `ombuds` library, and no engine: whatever hands over Arrow arrays (DataFusion here, a Spark
//! or Python binding elsewhere) gets the same bits, which are those of [`ombuds::model::Scorer`].

mod columns;
mod moderation;

pub(crate) use columns::article_fields;
pub use columns::{ArticleColumn, CommentColumns, KernelError, TextColumn, articles_by_id};
pub use moderation::{moderation_fields, score_fields};

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, Float64Array, Float64Builder, StructArray};
use arrow::buffer::NullBuffer;
use arrow::compute::concat;
use ombuds::comment::Comment;
use ombuds::model::{Model, Scores};
use ombuds::moderate::{HouseRules, Moderator};
use ombuds::policy::OperatingPoint;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// Rows that one thread scores at a time: some milliseconds.
const ROWS_PER_PART: usize = 512;

/// A model and a site's thresholds, with scratch for as many threads as call at a time.
#[derive(Debug)]
pub struct Kernel {
    model: Arc<Model>,
    rules: Arc<HouseRules>,
    /// Scratch that no thread uses at the moment; as many as ever ran at a time.
    idle: Mutex<Vec<Moderator<'static>>>,
    /// Threads among which the rows of a batch are shared; none scores on the calling thread.
    pool: Option<ThreadPool>,
    n_rows: AtomicU64,
}

impl Kernel {
    /// A kernel; `rules` must have been made for this model.
    pub fn new(model: Arc<Model>, rules: Arc<HouseRules>) -> Self {
        Self {
            model,
            rules,
            idle: Mutex::default(),
            pool: None,
            n_rows: AtomicU64::new(0),
        }
    }

    /// The same with `n_threads` that share the rows of each batch; for callers that have one batch at a time and
    /// want their order kept.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn with_threads(self, n_threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = (n_threads > 1).then(|| ThreadPoolBuilder::new().num_threads(n_threads).build());
        Ok(Self {
            pool: pool.transpose()?,
            ..self
        })
    }

    /// Rows scored so far.
    pub fn n_rows(&self) -> u64 {
        self.n_rows.load(Ordering::Relaxed)
    }

    /// Computes a column from columns of comments (see [`CommentColumns::of`]), among the threads there are.
    ///
    /// # Errors
    /// [`KernelError`]
    ///
    /// # Panics  if there is no column, or their lengths differ
    pub fn run(
        &self,
        arrays: &[ArrayRef],
        compute: impl Fn(&CommentColumns) -> ArrayRef + Sync,
    ) -> Result<ArrayRef, KernelError> {
        let n_rows = arrays[0].len();
        let on_slice = |start: usize| {
            let n_rows = ROWS_PER_PART.min(n_rows - start);
            let slices: Vec<ArrayRef> = (arrays.iter())
                .map(|array| array.slice(start, n_rows))
                .collect();
            CommentColumns::of(&slices).map(|comments| compute(&comments))
        };
        let computed = match &self.pool {
            Some(pool) if n_rows > ROWS_PER_PART => {
                let starts: Vec<usize> = (0..n_rows).step_by(ROWS_PER_PART).collect();
                let parts: Result<Vec<ArrayRef>, KernelError> =
                    pool.install(|| starts.into_par_iter().map(on_slice).collect());
                let parts = parts?;
                let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
                concat(&parts).expect("parts of one column have one type")
            }
            _ => CommentColumns::of(arrays).map(|comments| compute(&comments))?,
        };
        self.n_rows.fetch_add(n_rows as u64, Ordering::Relaxed);
        Ok(computed)
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The thresholds.
    pub fn rules(&self) -> &HouseRules {
        &self.rules
    }

    /// One thread's scratch around model and thresholds.
    pub fn moderator(&self) -> Moderator<'static> {
        Moderator::shared(Arc::clone(&self.model), Arc::clone(&self.rules))
    }

    /// Names the scores: the content hash of the model.
    pub fn model_hash(&self) -> &str {
        self.model.hash()
    }

    /// Names the decisions: the content hash of the model and the thresholds, 24 digits.
    pub fn rules_hash(&self) -> String {
        let points = self.rules.points().iter().flat_map(numbers);
        let hash = points
            .flat_map(f64::to_le_bytes)
            .fold(0xcbf2_9ce4_8422_2325, fnv1a);
        format!(
            "{}{:08x}",
            self.model.hash(),
            (hash >> 32) ^ (hash & 0xffff_ffff)
        )
    }

    /// One label's probabilities; null where there is no text, and where the label cannot be told.
    ///
    /// # Panics  if the label index is out of range
    pub fn label(&self, comments: &CommentColumns, label_idx: usize) -> Float64Array {
        let mut scores = Float64Builder::with_capacity(comments.len());
        self.each(comments, |moderator, comment| {
            let score = comment.and_then(|comment| {
                let probability = moderator.score(comment).probabilities().nth(label_idx);
                probability.filter(|score| !score.is_nan())
            });
            scores.append_option(score);
        });
        scores.finish()
    }

    /// All labels' probabilities, as [`score_fields`] names them; null where there is no text.
    pub fn score(&self, comments: &CommentColumns) -> StructArray {
        let n_labels = self.model.heads().len();
        let mut scores: Vec<Float64Builder> = (0..n_labels)
            .map(|_| Float64Builder::with_capacity(comments.len()))
            .collect();
        let mut has_text = Vec::with_capacity(comments.len());
        self.each(comments, |moderator, comment| {
            has_text.push(comment.is_some());
            let found = comment.map(|comment| moderator.score(comment));
            let mut probabilities = found.iter().flat_map(Scores::probabilities);
            for column in &mut scores {
                column.append_option(probabilities.next().filter(|score| !score.is_nan()));
            }
        });
        let arrays = scores
            .iter_mut()
            .map(|column| Arc::new(column.finish()) as ArrayRef);
        StructArray::new(
            score_fields(&self.model),
            arrays.collect(),
            Some(NullBuffer::from(has_text)),
        )
    }

    /// Hands every comment, or `None` without a text, to `take`, with one thread's scratch.
    fn each(
        &self,
        comments: &CommentColumns,
        mut take: impl FnMut(&mut Moderator<'static>, Option<&Comment>),
    ) {
        let mut moderator = self.borrow();
        comments.each(|comment| take(&mut moderator, comment));
        self.give_back(moderator);
    }

    fn borrow(&self) -> Moderator<'static> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.unwrap_or_else(|| self.moderator())
    }

    fn give_back(&self, moderator: Moderator<'static>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(moderator);
    }
}

/// All that a label's thresholds are.
fn numbers(point: &OperatingPoint) -> [f64; 3] {
    [point.flag, point.review, point.reject.unwrap_or(2.0)]
}

/// FNV-1a: tells configurations apart, guards nothing.
fn fnv1a(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(test)]
mod tests;

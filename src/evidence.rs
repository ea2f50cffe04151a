//! The small dense row on which the verdict is taken.
//!
//! For each label: what the words of the text say (the logit of a sparse model over n-grams), what
//! the words of the display name say (the same weights, another short text), and the named numbers
//! of style and context. [`CommentFeatures`] reads a comment into all of it but the two logits, which
//! need weights; training, scoring and explaining read comments here and nowhere else.

use crate::comment::Comment;
use crate::features::overlap::{OVERLAP_COLUMNS, overlap};
use crate::features::rows::BucketRow;
use crate::features::style::{STYLE_COLUMNS, style};
use crate::text::{TextTables, TextView};

/// Columns of the evidence row that carry a sparse model's logit.
pub const TEXT_EVIDENCE: usize = 0;
/// See [`TEXT_EVIDENCE`].
pub const NAME_EVIDENCE: usize = 1;
/// Where the named numbers begin.
pub const FIRST_NAMED: usize = 2;
/// Number of named numbers.
pub const N_NAMED: usize = STYLE_COLUMNS.len() + OVERLAP_COLUMNS.len();
/// Width of an evidence row.
pub const N_COLUMNS: usize = FIRST_NAMED + N_NAMED;

/// Names of the columns, in order.
pub fn column_names() -> impl Iterator<Item = &'static str> {
    ["text", "display name"]
        .into_iter()
        .chain(STYLE_COLUMNS)
        .chain(OVERLAP_COLUMNS)
}

/// One comment, read: views, distinct features, named numbers. Reused from comment to comment.
#[derive(Clone, Debug)]
pub struct CommentFeatures {
    /// View of the text.
    pub text: TextView,
    /// View of the display name; empty without one.
    pub name: TextView,
    /// Features of the text.
    pub text_row: BucketRow,
    /// Features of the display name.
    pub name_row: BucketRow,
    /// Style and context, in the order of [`column_names`] from [`FIRST_NAMED`] on.
    pub named: [f64; N_NAMED],
    other: TextView,
}

impl CommentFeatures {
    /// An empty reader for `2^bits` buckets.
    pub fn new(bits: u32) -> Self {
        Self {
            text: TextView::default(),
            name: TextView::default(),
            text_row: BucketRow::new(bits),
            name_row: BucketRow::new(bits),
            named: [0.0; N_NAMED],
            other: TextView::default(),
        }
    }

    /// Reads a comment for scoring.
    ///
    /// # Complexity  O(bytes of the comment and its context)
    pub fn read(&mut self, comment: &Comment, tables: &TextTables) {
        self.text.parse(comment.text, tables);
        self.name.parse(comment.author.unwrap_or_default(), tables);
        self.finish(comment, tables);
    }

    /// Reads a comment for explaining: as [`Self::read`], with spans kept.
    pub fn read_aligned(&mut self, comment: &Comment, tables: &TextTables) {
        self.text.parse_aligned(comment.text, tables);
        self.name
            .parse_aligned(comment.author.unwrap_or_default(), tables);
        self.finish(comment, tables);
    }

    fn finish(&mut self, comment: &Comment, tables: &TextTables) {
        self.text_row.fill(&self.text);
        self.name_row.fill(&self.name);
        let (styles, overlaps) = self.named.split_at_mut(STYLE_COLUMNS.len());
        styles.copy_from_slice(&style(comment.text, &self.text, tables));
        overlaps.copy_from_slice(&overlap(comment, &self.text, &mut self.other, tables));
    }
}

/// An evidence row from its parts.
#[inline]
pub fn evidence_row(text_logit: f64, name_logit: f64, named: &[f64; N_NAMED]) -> [f64; N_COLUMNS] {
    let mut row = [0.0; N_COLUMNS];
    row[TEXT_EVIDENCE] = text_logit;
    row[NAME_EVIDENCE] = name_logit;
    row[FIRST_NAMED..].copy_from_slice(named);
    row
}

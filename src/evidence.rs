//! The small dense row on which the verdict is taken.
//!
//! For each label: what the words of the text say (the logit of a sparse model over n-grams), what
//! the words of the display name say (the same weights, another short text), and the named numbers
//! of style and context. [`CommentFeatures`] reads a comment into all of it but the two logits, which
//! need weights; training, scoring and explaining read comments here and nowhere else.

use crate::comment::Comment;
use crate::features::rows::BucketRow;
use crate::features::style::{STYLE_COLUMNS, style};
use crate::relation::{
    RELATION_COLUMNS, Relation, RelationReader, RelationRow, Silence, Space, WordMatches,
};
use crate::text::{TextTables, TextView};

/// Columns of the evidence row that carry a sparse model's logit.
pub const TEXT_EVIDENCE: usize = 0;
/// See [`TEXT_EVIDENCE`].
pub const NAME_EVIDENCE: usize = 1;
/// Where the named numbers begin.
pub const FIRST_NAMED: usize = 2;
/// Number of named numbers.
pub const N_NAMED: usize = STYLE_COLUMNS.len() + RELATION_COLUMNS.len();
/// Where the numbers of the relation to article and parent begin, among the named ones.
pub const FIRST_RELATION: usize = STYLE_COLUMNS.len();
/// Width of an evidence row.
pub const N_COLUMNS: usize = FIRST_NAMED + N_NAMED;

/// Names of the columns, in order.
pub fn column_names() -> impl Iterator<Item = &'static str> {
    ["text", "display name"]
        .into_iter()
        .chain(STYLE_COLUMNS)
        .chain(RELATION_COLUMNS)
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
    /// Style and relation, in the order of [`column_names`] from [`FIRST_NAMED`] on. Without a space
    /// the relation is zero.
    pub named: [f64; N_NAMED],
    /// Why the relation means nothing, if it does.
    pub silence: Option<Silence>,
    relation: RelationReader,
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
            silence: None,
            relation: RelationReader::default(),
        }
    }

    /// Reads a comment for scoring.
    ///
    /// # Complexity  O(bytes of the comment and its context)
    pub fn read(&mut self, comment: &Comment, tables: &TextTables, space: Option<&Space>) {
        self.text.parse(comment.text, tables);
        self.name.parse(comment.author.unwrap_or_default(), tables);
        self.finish(comment, tables, space);
    }

    /// The relation alone of the comment just read to another context.
    pub fn relate(&mut self, comment: &Comment, tables: &TextTables, space: &Space) -> Relation {
        self.relation.read(comment, &self.text, tables, space)
    }

    /// Reads the texts of the comment that was just read once more, so that spans are known.
    pub fn align(&mut self, comment: &Comment, tables: &TextTables) {
        self.text.parse_aligned(comment.text, tables);
        self.name
            .parse_aligned(comment.author.unwrap_or_default(), tables);
    }

    /// The words behind the relation of the comment just read and [aligned](Self::align).
    pub fn word_matches(
        &mut self,
        comment: &Comment,
        tables: &TextTables,
        space: &Space,
    ) -> Option<WordMatches> {
        self.relation.matches(comment, &self.text, tables, space)
    }

    fn finish(&mut self, comment: &Comment, tables: &TextTables, space: Option<&Space>) {
        self.text_row.fill(&self.text);
        self.name_row.fill(&self.name);
        let (styles, relations) = self.named.split_at_mut(FIRST_RELATION);
        styles.copy_from_slice(&style(comment.text, &self.text, tables));
        let relation = space.map(|space| self.relation.read(comment, &self.text, tables, space));
        self.silence = relation.and_then(|relation| relation.silence);
        relations.copy_from_slice(&relation.map_or([0.0; RELATION_COLUMNS.len()], |it| it.row));
    }
}

/// Takes the relation out of an evidence row: it serves one label only. What a reader writes about an
/// article must not teach what an insult is.
pub fn without_relation(mut row: [f64; N_COLUMNS]) -> [f64; N_COLUMNS] {
    row[FIRST_NAMED + FIRST_RELATION..].fill(0.0);
    row
}

/// Leaves text evidence and relation in a row. How a comment is written and signed does not make it off
/// topic; its length counts among the relation.
pub fn without_style(mut row: [f64; N_COLUMNS]) -> [f64; N_COLUMNS] {
    row[NAME_EVIDENCE] = 0.0;
    row[FIRST_NAMED..FIRST_NAMED + FIRST_RELATION].fill(0.0);
    row
}

/// A row with another relation.
pub fn with_relation(mut row: [f64; N_COLUMNS], relation: &RelationRow) -> [f64; N_COLUMNS] {
    row[FIRST_NAMED + FIRST_RELATION..].copy_from_slice(relation);
    row
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

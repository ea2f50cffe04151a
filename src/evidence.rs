//! The small dense row on which the verdict is taken.
//!
//! For each label: what the words of the text say (the logit of a sparse model over n-grams), what its strongest
//! sentence says by itself, what the words of the display name say (the same weights, other short texts), and the
//! named numbers of style and context. [`CommentFeatures`] reads a comment into all of it but the logits, which
//! need weights; training, scoring and explaining read comments here and nowhere else.
//!
//! The strongest sentence keeps an insult from being watered down by a long civil text around it.

use crate::comment::Comment;
use crate::features::style::{MANNER, STYLE_COLUMNS, style};
use crate::relation::{
    RELATION_COLUMNS, Relation, RelationReader, RelationRow, Silence, Space, WordMatches,
};
use crate::text::{TextTables, TextView};

/// Columns of the evidence row that carry a sparse model's logit.
pub const TEXT_EVIDENCE: usize = 0;
/// See [`TEXT_EVIDENCE`].
pub const NAME_EVIDENCE: usize = 1;
/// See [`TEXT_EVIDENCE`]: the largest logit that a sentence has as a text of its own.
pub const SENTENCE_EVIDENCE: usize = 2;
/// Where the named numbers begin.
pub const FIRST_NAMED: usize = 3;
/// Number of named numbers.
pub const N_NAMED: usize = STYLE_COLUMNS.len() + RELATION_COLUMNS.len();
/// Where the numbers of the relation to article and parent begin, among the named ones.
pub const FIRST_RELATION: usize = STYLE_COLUMNS.len();
/// Width of an evidence row.
pub const N_COLUMNS: usize = FIRST_NAMED + N_NAMED;

/// Names of the columns, in order.
pub fn column_names() -> impl Iterator<Item = &'static str> {
    ["text", "display name", "strongest sentence"]
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
    /// Style and relation, in the order of [`column_names`] from [`FIRST_NAMED`] on. Without a space
    /// the relation is zero.
    pub named: [f64; N_NAMED],
    /// Why the relation means nothing, if it does.
    pub silence: Option<Silence>,
    relation: RelationReader,
}

impl Default for CommentFeatures {
    fn default() -> Self {
        Self {
            text: TextView::default(),
            name: TextView::default(),
            named: [0.0; N_NAMED],
            silence: None,
            relation: RelationReader::default(),
        }
    }
}

impl CommentFeatures {
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

    /// Looks up where the texts of the comment that was just read come from, so that spans are known.
    pub(crate) fn align(&mut self, comment: &Comment) {
        self.text.align(comment.text);
        self.name.align(comment.author.unwrap_or_default());
    }

    /// The words behind the relation of the comment just read and aligned.
    pub fn word_matches(
        &mut self,
        comment: &Comment,
        tables: &TextTables,
        space: &Space,
    ) -> Option<WordMatches> {
        self.relation.matches(comment, &self.text, tables, space)
    }

    fn finish(&mut self, comment: &Comment, tables: &TextTables, space: Option<&Space>) {
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
    row[SENTENCE_EVIDENCE] = 0.0;
    row[FIRST_NAMED..FIRST_NAMED + FIRST_RELATION].fill(0.0);
    row
}

/// Takes out of a row to be learnt from what holds of its source alone. How long comments are, whom they address and
/// what they quote is a matter of the place and of its disputes, so such columns count as nothing. So is how far a long
/// text around an insult excuses it: text and strongest sentence count alike, for equal columns get equal coefficients.
pub fn for_transfer(mut row: [f64; N_COLUMNS]) -> [f64; N_COLUMNS] {
    let mean = f64::midpoint(row[TEXT_EVIDENCE], row[SENTENCE_EVIDENCE]);
    row[TEXT_EVIDENCE] = mean;
    row[SENTENCE_EVIDENCE] = mean;
    for column in MANNER {
        row[FIRST_NAMED + column] = 0.0;
    }
    row
}

/// A row with another relation.
pub fn with_relation(mut row: [f64; N_COLUMNS], relation: &RelationRow) -> [f64; N_COLUMNS] {
    row[FIRST_NAMED + FIRST_RELATION..].copy_from_slice(relation);
    row
}

/// An evidence row from its parts.
#[inline]
pub fn evidence_row(
    text_logit: f64,
    name_logit: f64,
    sentence_logit: f64,
    named: &[f64; N_NAMED],
) -> [f64; N_COLUMNS] {
    let mut row = [0.0; N_COLUMNS];
    row[TEXT_EVIDENCE] = text_logit;
    row[NAME_EVIDENCE] = name_logit;
    row[SENTENCE_EVIDENCE] = sentence_logit;
    row[FIRST_NAMED..].copy_from_slice(named);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_transfers_is_words_and_how_loud_they_are() {
        let mut row = [1.0; N_COLUMNS];
        (row[TEXT_EVIDENCE], row[SENTENCE_EVIDENCE]) = (-1.0, 5.0);
        let kept = for_transfer(row);
        assert_eq!((kept[TEXT_EVIDENCE], kept[SENTENCE_EVIDENCE]), (2.0, 2.0));
        let left_out: Vec<&str> = column_names()
            .zip(kept)
            .filter(|(_, x)| *x == 0.0)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(left_out.len(), MANNER.len());
        for name in [
            "length",
            "mentions",
            "second person",
            "praise",
            "hidden words",
        ] {
            assert!(left_out.contains(&name), "{name}");
        }
        for name in ["insult words", "capitals", "negated insults"] {
            assert!(!left_out.contains(&name), "{name}");
        }
    }
}

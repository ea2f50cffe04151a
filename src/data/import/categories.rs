//! A row per post and category → a row per post.

use std::collections::HashMap;

use super::{Error, Source, not_of};
use crate::data::fault::Fault;
use crate::data::labels::parse_share;
use crate::data::row::Row;
use crate::data::schema::{ColumnRef, Schema};

/// Categories by name, in the order of their numbers in the publishers' later files, and our labels.
/// `off_topic_text` and not `off_topic`: the raters judged it, and here it can only be told, from the
/// text alone.
pub(super) const CATEGORIES: [(&str, &str); 9] = [
    ("ArgumentsUsed", "arguments_used"),
    ("Discriminating", "discriminating"),
    ("Inappropriate", "inappropriate"),
    ("OffTopic", "off_topic_text"),
    ("PersonalStories", "personal_stories"),
    ("PossiblyFeedback", "possibly_feedback"),
    ("SentimentNegative", "sentiment_negative"),
    ("SentimentNeutral", "sentiment_neutral"),
    ("SentimentPositive", "sentiment_positive"),
];

/// Names of the columns after the fields: labels, then the official fold of each, since a post may be
/// in different folds for different categories.
pub(super) fn columns() -> impl Iterator<Item = String> {
    let labels = CATEGORIES.iter().map(|(_, label)| (*label).to_owned());
    labels.chain(CATEGORIES.iter().map(|(_, label)| format!("{label}_fold")))
}

/// Where a file says what a row is about.
#[derive(Debug)]
pub(super) struct CategoryColumns {
    category: ColumnRef,
    value: ColumnRef,
    fold: Option<ColumnRef>,
}

impl CategoryColumns {
    pub(super) fn resolve(source: &Source, schema: &Schema) -> Result<Self, Error> {
        let find = |name| {
            let column = schema.column(name);
            column.ok_or_else(|| not_of(source, schema, &[name]))
        };
        Ok(Self {
            category: find("Category")?,
            value: find("Value")?,
            fold: schema.column("Fold"),
        })
    }
}

/// Posts in order of appearance. All are in memory: their rows need not stand together.
#[derive(Debug, Default)]
pub(super) struct Posts {
    posts: Vec<Vec<String>>,
    idx: HashMap<String, usize>,
}

impl Posts {
    /// Adds a row with the cells of its fields, the first of which is the post's identifier.
    pub(super) fn add(
        &mut self,
        columns: &CategoryColumns,
        row: &Row,
        mut cells: Vec<String>,
    ) -> Result<(), Fault> {
        let cell = |column: &ColumnRef| row.get(column).unwrap_or_default();
        let category = cell(&columns.category);
        let of_name = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case(category.trim());
        let number = || {
            category
                .trim()
                .parse()
                .ok()
                .filter(|n| *n < CATEGORIES.len())
        };
        let category_idx = CATEGORIES.iter().position(of_name).or_else(number);
        let category_idx = category_idx
            .ok_or_else(|| unexpected(&columns.category, &category, "a category of the corpus"))?;
        let value = cell(&columns.value);
        let share = parse_share(&value)
            .ok_or_else(|| unexpected(&columns.value, &value, "0/1"))?
            .map_or_else(String::new, |share| share.to_string());
        let fold = columns.fold.as_ref().map(cell).unwrap_or_default();
        let n_fields = cells.len();
        let id = cells.first().cloned().unwrap_or_default();
        let post = *self.idx.entry(id).or_insert(self.posts.len());
        if post == self.posts.len() {
            cells.resize(n_fields + 2 * CATEGORIES.len(), String::new());
            self.posts.push(cells);
        }
        let post = &mut self.posts[post];
        post[n_fields + category_idx] = share;
        fold.trim()
            .clone_into(&mut post[n_fields + CATEGORIES.len() + category_idx]);
        Ok(())
    }

    pub(super) fn into_rows(self) -> Vec<Vec<String>> {
        self.posts
    }
}

fn unexpected(column: &ColumnRef, value: &str, expected: &str) -> Fault {
    Fault::Unexpected {
        column: column.name().to_owned(),
        value: value.to_owned(),
        expected: expected.to_owned(),
    }
}

//! Arrow columns → comments with their explicit context.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, LargeStringArray, StringArray, StringViewArray,
    StringViewBuilder, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use ombuds::comment::{Article, Comment};
use ombuds::data::{ArticleStore, read_commenters};
use serde_json::json;
use thiserror::Error;

/// Why columns cannot be read as comments.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum KernelError {
    /// A column that holds no strings.
    #[error("{what} must be a column of strings, but is {found}")]
    NotText {
        /// What the column should hold.
        what: &'static str,
        /// The type it has.
        found: DataType,
    },
    /// An article that is neither text nor the parts of one.
    #[error(
        "the article must be a column of strings or of structs with title, lead and body, but is {found}"
    )]
    NotArticle {
        /// The type it has.
        found: DataType,
    },
}

/// A column of strings, in any of Arrow's three layouts.
#[derive(Clone, Copy, Debug)]
pub enum TextColumn<'a> {
    /// 32-bit offsets.
    Short(&'a StringArray),
    /// 64-bit offsets.
    Long(&'a LargeStringArray),
    /// Views.
    View(&'a StringViewArray),
}

impl<'a> TextColumn<'a> {
    /// The strings of an array; `what` names it in the error.
    ///
    /// # Errors
    /// [`KernelError::NotText`]
    pub fn of(array: &'a dyn Array, what: &'static str) -> Result<Self, KernelError> {
        match array.data_type() {
            DataType::Utf8 => Ok(Self::Short(array.as_string())),
            DataType::LargeUtf8 => Ok(Self::Long(array.as_string())),
            DataType::Utf8View => Ok(Self::View(array.as_string_view())),
            found => Err(KernelError::NotText {
                what,
                found: found.clone(),
            }),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Short(array) => array.len(),
            Self::Long(array) => array.len(),
            Self::View(array) => array.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The string of a row, if it has one.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Short(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Long(array) => array.is_valid(row).then(|| array.value(row)),
            Self::View(array) => array.is_valid(row).then(|| array.value(row)),
        }
    }

    /// The same without white space around it; `None` if nothing else is there. Context is read so, here as in files.
    pub(crate) fn trimmed(&self, row: usize) -> Option<&'a str> {
        self.get(row).map(str::trim).filter(|text| !text.is_empty())
    }
}

/// The articles that comments stand under.
#[derive(Clone, Debug)]
pub enum ArticleColumn<'a> {
    /// Whole texts, the headline in the first line.
    Text(TextColumn<'a>),
    /// Title, lead, body and commenters.
    Parts(&'a StructArray, [Option<TextColumn<'a>>; 4]),
}

/// Names of an article's parts.
const PARTS: [&str; 4] = ["title", "lead", "body", "commenters"];

impl<'a> ArticleColumn<'a> {
    /// Strings, or structs with at least one of `title`, `lead` and `body`.
    ///
    /// # Errors
    /// [`KernelError`]
    pub fn of(array: &'a dyn Array) -> Result<Self, KernelError> {
        let Some(parts) = array.as_struct_opt() else {
            let text = TextColumn::of(array, "the article");
            return text.map(Self::Text).map_err(|_| KernelError::NotArticle {
                found: array.data_type().clone(),
            });
        };
        let mut columns = [None; PARTS.len()];
        for (column, name) in columns.iter_mut().zip(PARTS) {
            if let Some(part) = parts.column_by_name(name) {
                *column = Some(TextColumn::of(part, "a part of the article")?);
            }
        }
        if columns[..3].iter().all(Option::is_none) {
            let found = array.data_type().clone();
            return Err(KernelError::NotArticle { found });
        }
        Ok(Self::Parts(parts, columns))
    }

    /// Puts the article of a row into `article`; false if it has none. Rows of one article follow each other in most
    /// files, so that there is mostly nothing to copy.
    fn read(&self, row: usize, article: &mut Article, last: &mut Option<&'a str>) -> bool {
        match self {
            Self::Text(column) => {
                let text = column.trimmed(row);
                if text.is_some() && text != *last {
                    *article = Article::from_text(text.unwrap_or_default());
                    *last = text;
                }
                text.is_some()
            }
            Self::Parts(rows, columns) => {
                let part = |column: &Option<TextColumn<'a>>| {
                    let valid = column.filter(|_| rows.is_valid(row));
                    valid
                        .and_then(|column| column.trimmed(row))
                        .unwrap_or_default()
                };
                let [title, lead, body, commenters] = columns.each_ref().map(part);
                let targets = [&mut article.title, &mut article.lead, &mut article.body];
                for (target, part) in targets.into_iter().zip([title, lead, body]) {
                    if target != part {
                        part.clone_into(target);
                    }
                }
                if *last != Some(commenters) {
                    article.commenters = read_commenters(commenters);
                    *last = Some(commenters);
                }
                !(title.is_empty() && lead.is_empty() && body.is_empty())
            }
        }
    }
}

/// Columns of the same length that together are comments.
#[derive(Clone, Debug)]
pub struct CommentColumns<'a> {
    text: TextColumn<'a>,
    article: Option<ArticleColumn<'a>>,
    parent: Option<TextColumn<'a>>,
    author: Option<TextColumn<'a>>,
    parent_author: Option<TextColumn<'a>>,
}

impl<'a> CommentColumns<'a> {
    /// Reads arrays as text, article, parent, author and who wrote the parent, as many as there are.
    ///
    /// # Errors
    /// [`KernelError`]: an array of another type.
    ///
    /// # Panics  if there is no array, or their lengths differ
    pub fn of(arrays: &'a [ArrayRef]) -> Result<Self, KernelError> {
        let n_rows = arrays[0].len();
        assert!(
            arrays.iter().all(|array| array.len() == n_rows),
            "columns of one batch have one length"
        );
        let text_of = |idx: usize, what| {
            let array = arrays.get(idx);
            array.map(|array| TextColumn::of(array, what)).transpose()
        };
        Ok(Self {
            text: TextColumn::of(&arrays[0], "the text")?,
            article: arrays.get(1).map(|it| ArticleColumn::of(it)).transpose()?,
            parent: text_of(2, "the parent")?,
            author: text_of(3, "the author")?,
            parent_author: text_of(4, "the author of the parent")?,
        })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Hands over every row's comment in order, `None` where the text is null.
    pub fn each(&self, mut take: impl FnMut(Option<&Comment>)) {
        let mut article = Article::default();
        let mut last = None;
        for row in 0..self.len() {
            let Some(text) = self.text.get(row) else {
                take(None);
                continue;
            };
            let has_article = (self.article.as_ref())
                .is_some_and(|column| column.read(row, &mut article, &mut last));
            take(Some(&Comment {
                text,
                author: self.author.and_then(|column| column.trimmed(row)),
                article: has_article.then_some(&article),
                parent: self.parent.and_then(|column| column.trimmed(row)),
                parent_author: self.parent_author.and_then(|column| column.trimmed(row)),
                thread: None,
            }));
        }
    }
}

/// The type of [`articles_by_id`].
pub(crate) fn article_fields() -> Fields {
    PARTS
        .map(|name| Field::new(name, DataType::Utf8View, true))
        .to_vec()
        .into()
}

/// Articles by their identifiers, null where there is none of that identifier. Each text is stored once a batch.
pub fn articles_by_id(ids: &TextColumn, store: &ArticleStore) -> StructArray {
    let mut parts = PARTS.map(|_| StringViewBuilder::new().with_deduplicate_strings());
    let mut is_known = Vec::with_capacity(ids.len());
    for row in 0..ids.len() {
        let article = ids.trimmed(row).and_then(|id| store.get(id));
        is_known.push(article.is_some());
        let names = article.map_or_else(String::new, |article| match &article.commenters[..] {
            [] => String::new(),
            names => json!(names).to_string(),
        });
        let texts = article.map(|article| [&article.title, &article.lead, &article.body, &names]);
        for (idx, part) in parts.iter_mut().enumerate() {
            part.append_option(texts.map(|texts| texts[idx]));
        }
    }
    let arrays = parts.map(|mut part| Arc::new(part.finish()) as ArrayRef);
    StructArray::new(
        article_fields(),
        arrays.to_vec(),
        Some(NullBuffer::from(is_known)),
    )
}

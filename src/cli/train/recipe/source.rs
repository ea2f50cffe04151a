//! One source of a recipe: a file, its columns, and what they say about each label.

use std::collections::{BTreeMap, HashSet};
use std::path::{Component, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Places;
use crate::cli::labelled::LabelledComment;
use crate::cli::train::checksum;
use crate::data::{
    ArticleStore, ColumnOptions, ColumnRef, CommentReader, InputOptions, OwnedComment, Row, Table,
    parse_share,
};
use crate::features::hashing::hash_bytes;
use crate::model::DataFile;

/// A file of comments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// Path relative to the recipe.
    pub(super) file: Option<PathBuf>,
    /// Path relative to the folder of the corpora.
    pub(super) corpus: Option<PathBuf>,
    /// Sources of one name share an intercept [default: the file's name].
    name: Option<String>,
    /// What the file must be.
    sha256: Option<String>,
    /// Where a user gets it, and its licence: for people.
    #[serde(default, rename = "from")]
    _from: String,
    #[serde(default, rename = "licence")]
    _licence: String,
    #[serde(default, rename = "url")]
    _url: String,
    /// Columns that are not found by their usual names.
    #[serde(default)]
    columns: BTreeMap<String, String>,
    /// What is said about each label.
    #[serde(default)]
    labels: BTreeMap<String, Rule>,
    /// Keep one in so many of the comments without any label.
    #[serde(default = "one")]
    thin_negatives: u64,
    /// How often each comment counts.
    #[serde(default)]
    pub(super) repeat: Repeat,
    /// Of comments as they come in: the share of them that a flag may put before a person.
    pub(super) queue: Option<f64>,
    /// The same of labels that the file says nothing of, and that are rarer there than where they are learnt.
    #[serde(default)]
    pub(super) rare: BTreeMap<String, f64>,
}

/// Comments that count several times for some labels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeat {
    pub(super) times: usize,
    labels: Vec<String>,
}

impl Default for Repeat {
    fn default() -> Self {
        Self {
            times: 1,
            labels: Vec::new(),
        }
    }
}

fn one() -> u64 {
    1
}

/// How the share of raters who gave a label follows from a row.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Rule {
    /// The column holds it.
    Column(String),
    /// It is the same for all rows.
    Value { value: f32 },
    /// It is computed from a column.
    Computed(Computed),
}

/// See [`Rule::Computed`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Computed {
    column: String,
    /// Times this: of comments with the wider label, so many have this one.
    #[serde(default = "whole")]
    scale: f32,
    /// One minus it.
    #[serde(default)]
    complement: bool,
    /// Only zero is known: who lacks the wider label lacks this one, and of the others nothing is said.
    #[serde(default)]
    only_zero: bool,
    /// 1 where the cell is this word, else 0.
    equals: Option<String>,
}

fn whole() -> f32 {
    1.0
}

impl Rule {
    fn column(&self) -> Option<&str> {
        match self {
            Self::Column(column) | Self::Computed(Computed { column, .. }) => Some(column),
            Self::Value { .. } => None,
        }
    }

    /// The share; the inner `None` is unknown, the outer one no label at all.
    #[expect(clippy::option_option, reason = "as in `parse_share`")]
    fn share(&self, cell: &str) -> Option<Option<f32>> {
        match self {
            Self::Value { value } => Some(Some(*value)),
            Self::Column(_) => parse_share(cell),
            Self::Computed(rule) => {
                if let Some(word) = &rule.equals {
                    return Some(Some(f32::from(u8::from(cell.trim() == word))));
                }
                let share = parse_share(cell)?;
                let share = share.map(|share| if rule.complement { 1.0 - share } else { share });
                Some(
                    share
                        .filter(|&share| !rule.only_zero || share == 0.0)
                        .map(|share| share * rule.scale),
                )
            }
        }
    }
}

impl Source {
    /// Sources of one name share an intercept.
    pub(super) fn name(&self) -> String {
        let path = self.corpus.as_ref().or(self.file.as_ref());
        let file = path.map(|path| path.display().to_string());
        self.name.clone().or(file).unwrap_or_default()
    }

    /// Hands every comment to `take`.
    ///
    /// # Errors
    /// A file that is missing or another one, a column that is missing, a label that is none; what `take` gives.
    pub(super) fn read(
        &self,
        places: &Places,
        labels: &[String],
        articles: &Arc<ArticleStore>,
        excluded: &Exclusions,
        mut take: impl FnMut(LabelledComment) -> anyhow::Result<()>,
    ) -> anyhow::Result<DataFile> {
        let path = places.of(self)?;
        let sha256 = checksum(&path)?;
        if let Some(expected) = self.sha256.as_ref().filter(|expected| **expected != sha256) {
            bail!(
                "{}: SHA-256 is {sha256}, the recipe was made with {expected}",
                path.display()
            );
        }
        if let Some(label) = self.labels.keys().find(|label| !labels.contains(label)) {
            bail!("{}: the recipe has no label `{label}`", path.display());
        }
        let table = Table::open(&path, &InputOptions::default())?;
        let rules: Vec<Option<(&Rule, Option<ColumnRef>)>> = labels
            .iter()
            .map(|label| {
                let Some(rule) = self.labels.get(label) else {
                    return Ok(None);
                };
                let column = rule.column().map(|name| table.schema().require(name));
                Ok(Some((rule, column.transpose()?)))
            })
            .collect::<anyhow::Result<_>>()?;
        let columns = self.columns()?.resolve(table.schema())?;
        let mut reader = CommentReader::new(columns, Arc::clone(articles));
        let mut rows = 0;
        for row in table {
            let row = row?.map_err(|error| anyhow::anyhow!("{error}"))?;
            let comment = reader
                .read(&row)
                .map_err(|error| anyhow::anyhow!("{error}"))?;
            let shares = shares(&rules, &row)
                .with_context(|| format!("{}: row {}", path.display(), row.number()))?;
            let row = LabelledComment { comment, shares };
            if row.comment.text.trim().is_empty()
                || excluded.holds(&row.comment.text)
                || self.is_thinned(&row)
            {
                continue;
            }
            rows += 1;
            take(row)?;
        }
        Ok(DataFile {
            name: self.name_in_card(),
            sha256,
            rows,
        })
    }

    /// What the model's card calls the file, with its folder where the recipe names one: several are `comments.csv`.
    fn name_in_card(&self) -> String {
        let path = self.file.as_ref().or(self.corpus.as_ref());
        let parts = path.iter().flat_map(|path| path.components());
        let parts = parts.filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy()),
            _ => None,
        });
        let parts: Vec<_> = parts.collect();
        parts[parts.len().saturating_sub(2)..].join("/")
    }

    /// A row once more, with the labels that are repeated; without its context, for what belongs together is
    /// learnt once.
    pub(super) fn again(&self, row: &LabelledComment, labels: &[String]) -> LabelledComment {
        let shares = labels.iter().zip(&row.shares);
        LabelledComment {
            comment: OwnedComment {
                article: None,
                parent: None,
                parent_author: None,
                thread: None,
                ..row.comment.clone()
            },
            shares: shares
                .map(|(label, share)| share.filter(|_| self.repeat.labels.contains(label)))
                .collect(),
        }
    }

    fn is_thinned(&self, row: &LabelledComment) -> bool {
        let is_negative = row.shares.iter().flatten().all(|&share| share == 0.0);
        is_negative && !u64::from(digest(&row.comment.text)[1]).is_multiple_of(self.thin_negatives)
    }

    fn columns(&self) -> anyhow::Result<ColumnOptions> {
        let mut options = ColumnOptions::default();
        for (what, name) in &self.columns {
            let column = match what.as_str() {
                "text" => &mut options.text,
                "id" => &mut options.id,
                "article_id" => &mut options.article_id,
                "article_title" => &mut options.article_title,
                "article_lead" => &mut options.article_lead,
                "article_text" => &mut options.article_text,
                "parent_text" => &mut options.parent_text,
                "parent_author" => &mut options.parent_author,
                "author" => &mut options.author,
                _ => bail!("the recipe maps a column to `{what}`, which is none of a comment's"),
            };
            *column = Some(name.clone());
        }
        Ok(options)
    }
}

fn shares(
    rules: &[Option<(&Rule, Option<ColumnRef>)>],
    row: &Row,
) -> anyhow::Result<Vec<Option<f32>>> {
    let share = |rule: &Option<(&Rule, Option<ColumnRef>)>| {
        let Some((rule, column)) = rule else {
            return Ok(None);
        };
        let cell = column.as_ref().and_then(|column| row.get(column));
        let cell = cell.unwrap_or_default();
        rule.share(&cell)
            .with_context(|| format!("`{cell}` is no label"))
    };
    rules.iter().map(share).collect()
}

/// Which half of the kept comments a text is in: 0 by an even first byte of its SHA-256, else 1.
pub(super) fn half(text: &str) -> usize {
    usize::from(digest(text)[0] % 2)
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Texts that must not be learnt, whatever their case and punctuation.
#[derive(Debug, Default)]
pub(super) struct Exclusions(HashSet<u64>);

impl Exclusions {
    /// The texts of some files.
    pub(super) fn read(sources: &[Source], places: &Places) -> anyhow::Result<Self> {
        let (mut found, nothing) = (HashSet::new(), Self::default());
        for source in sources {
            source.read(places, &[], &Arc::default(), &nothing, |row| {
                found.insert(bare(&row.comment.text));
                Ok(())
            })?;
        }
        Ok(Self(found))
    }

    /// More of them, by what [`bare`] gives.
    pub(super) fn extend(&mut self, texts: Vec<u64>) {
        self.0.extend(texts);
    }

    fn holds(&self, text: &str) -> bool {
        self.0.contains(&bare(text))
    }
}

/// Hash of the letters and digits of a text in lower case, with what stands between as one space.
pub(super) fn bare(text: &str) -> u64 {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    hash_bytes(words.join(" ").as_bytes(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(toml: &str) -> Rule {
        #[derive(Deserialize)]
        struct Only {
            rule: Rule,
        }
        toml::from_str::<Only>(toml).expect("a rule").rule
    }

    #[test]
    fn shares_follow_the_rules() {
        for (toml, cell, expected) in [
            ("rule = 'toxic'", "1", Some(Some(1.0))),
            ("rule = 'toxic'", "maybe", None),
            ("rule = { value = 0.0 }", "anything", Some(Some(0.0))),
            (
                "rule = { column = 'toxic', scale = 0.5 }",
                "1",
                Some(Some(0.5)),
            ),
            (
                "rule = { column = 'toxic', only_zero = true }",
                "1",
                Some(None),
            ),
            (
                "rule = { column = 'toxic', only_zero = true }",
                "0",
                Some(Some(0.0)),
            ),
            (
                "rule = { column = 'fine', complement = true }",
                "0.25",
                Some(Some(0.75)),
            ),
            (
                "rule = { column = 'target', equals = 'author' }",
                "author",
                Some(Some(1.0)),
            ),
            (
                "rule = { column = 'target', equals = 'author' }",
                "",
                Some(Some(0.0)),
            ),
        ] {
            assert_eq!(rule(toml).share(cell), expected, "{toml} {cell}");
        }
    }

    #[test]
    fn near_twins_are_excluded() {
        let excluded = Exclusions(HashSet::from([bare("You, sir: are WRONG!")]));
        assert!(excluded.holds("you sir are  wrong"));
        assert!(!excluded.holds("you sir are right"));
    }
}

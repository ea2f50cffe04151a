//! Arguments that say what to read, shared by the subcommands.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::stream::BadRows;
use crate::comment::Article;
use crate::data::{
    ApprovedComment, ArticleStore, ColumnOptions, CommentReader, Encoding, Format, InputOptions,
    Sink, Table,
};
#[cfg(feature = "default-model")]
use crate::model::ModelError;
use crate::model::format::WEIGHTS_FILE;
use crate::model::{CONFIG_FILE, Model};
use crate::page::{Page, PageFormat};

/// How files of comments are laid out. All is found out by itself unless said.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// Layout of the input: csv, tsv or jsonl; for flag also page [default: by extension, else by content]
    #[arg(long, value_name = "FORMAT")]
    format: Option<InputFormat>,
    /// Encoding of the input, such as windows-1252 [default: detected]
    #[arg(long)]
    encoding: Option<Encoding>,
    /// Column of the comment's text [default: text, comment, comment_text, body, content or message]
    #[arg(long, value_name = "COLUMN")]
    text_column: Option<String>,
    /// Column of the comment's identifier
    #[arg(long, value_name = "COLUMN")]
    id_column: Option<String>,
    /// Column of the identifier of the article
    #[arg(long, value_name = "COLUMN")]
    article_id_column: Option<String>,
    /// Column of the address of the article, which finds it where the identifier does not
    #[arg(long, value_name = "COLUMN")]
    article_url_column: Option<String>,
    /// Column of the article's title, where each row carries it
    #[arg(long, value_name = "COLUMN")]
    article_title_column: Option<String>,
    /// Column of the article's lead, where each row carries it
    #[arg(long, value_name = "COLUMN")]
    article_lead_column: Option<String>,
    /// Column of the article's text, where each row carries it
    #[arg(long, value_name = "COLUMN")]
    article_text_column: Option<String>,
    /// Column of the identifier of the comment answered
    #[arg(long, value_name = "COLUMN")]
    parent_id_column: Option<String>,
    /// Column of the text of the comment answered
    #[arg(long, value_name = "COLUMN")]
    parent_text_column: Option<String>,
    /// Column of the display name of who wrote the comment answered
    #[arg(long, value_name = "COLUMN")]
    parent_author_column: Option<String>,
    /// Column of the display name
    #[arg(long, value_name = "COLUMN")]
    author_column: Option<String>,
    /// File of articles: article_id, title, lead, body, section, url, published, commenters (display names, one a
    /// line or a JSON array)
    #[arg(long, value_name = "FILE")]
    articles: Option<PathBuf>,
    /// File of comments that the site has approved, with article_id, text and author: what is said under an
    /// article is what it is about, too, and who wrote it may be whom another comment names
    #[arg(long, value_name = "FILE")]
    approved: Option<PathBuf>,
    /// File of recent articles of the site, as of --articles: that a comment is closer to its article than to
    /// these counts, in place of the articles the model was trained with
    #[arg(long, value_name = "FILE")]
    recent: Option<PathBuf>,
    /// Take cells as they are: do not take off the ' that guards against spreadsheet formulas
    #[arg(long)]
    raw_cells: bool,
    /// Longest row; of longer ones only the beginning is kept [default: 16777216]
    #[arg(long, value_name = "BYTES", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    max_row_bytes: Option<usize>,
    /// End with status 2 if any row cannot be used
    #[arg(long)]
    strict: bool,
}

/// A layout of rows, or a page that rows are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InputFormat {
    Rows(Format),
    Page,
}

impl FromStr for InputFormat {
    type Err = crate::data::Error;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        if word.eq_ignore_ascii_case("page") {
            Ok(Self::Page)
        } else {
            word.parse().map(Self::Rows)
        }
    }
}

impl InputArgs {
    /// Whether a file is a page: as said, else by its extension.
    pub(crate) fn is_page(&self, path: &Path) -> bool {
        match self.format {
            Some(format) => format == InputFormat::Page,
            None => PageFormat::from_name(&path.to_string_lossy()).is_some(),
        }
    }

    /// Reads a page; an article on its own is one too.
    pub(crate) fn page(&self, path: &Path) -> anyhow::Result<Page> {
        super::page::read(path, None, self.encoding)
    }

    /// Opens a file of comments and says on standard error what was found out about it.
    pub(crate) fn open(&self, path: &Path) -> anyhow::Result<Table> {
        if self.format == Some(InputFormat::Page) {
            anyhow::bail!(
                "only `ombuds flag` reads pages; write the comments of this one with: ombuds page {}",
                path.display()
            );
        }
        let table = Table::open(path, &self.options())?;
        super::notices(table.notices());
        Ok(table)
    }

    /// A reader of a table's rows.
    pub(crate) fn reader(
        &self,
        table: &Table,
        articles: &Arc<ArticleStore>,
    ) -> anyhow::Result<CommentReader> {
        let columns = self.columns().resolve(table.schema())?;
        if let Some(path) = self
            .articles
            .as_ref()
            .filter(|_| columns.article_id.is_none() && columns.article_url.is_none())
        {
            super::notices(&[format!(
                "{}: no column looks like the id of articles, so {} is of no use; name it with \
                 --article-id-column or --article-url-column",
                table.schema().file(),
                path.display()
            )]);
        }
        Ok(CommentReader::new(columns, Arc::clone(articles)))
    }

    /// The articles, if a file of them was named.
    pub(crate) fn articles(&self) -> anyhow::Result<Arc<ArticleStore>> {
        let mut store = match &self.articles {
            Some(path) => self.article_store(path)?,
            None => ArticleStore::default(),
        };
        if let Some(path) = &self.approved {
            store.approve(self.approved_comments(path)?);
        }
        Ok(Arc::new(store))
    }

    fn approved_comments(&self, path: &Path) -> anyhow::Result<Vec<ApprovedComment>> {
        let table = self.open(path)?;
        let columns = self.columns().resolve(table.schema())?;
        let Some(article_id) = columns.article_id else {
            anyhow::bail!(
                "{}: no column looks like the id of articles; name it with --article-id-column",
                table.schema().file()
            );
        };
        let file = table.schema().file().to_owned();
        let (mut bad, mut comments) = (BadRows::default(), Vec::new());
        for row in table {
            match row? {
                Ok(row) => {
                    let cell = |column| row.get(column).unwrap_or_default().into_owned();
                    let author = columns.author.as_ref().map(cell);
                    comments.push(ApprovedComment {
                        article_id: cell(&article_id).trim().to_owned(),
                        text: cell(&columns.text),
                        author: author.filter(|author| !author.is_empty()),
                    });
                }
                Err(error) => bad.push(&error),
            }
        }
        bad.judge(&file, comments.len() as u64, self.strict)?;
        Ok(comments)
    }

    /// Gives a model the recent articles, if a file of them was named.
    pub(crate) fn give_recent(&self, model: &mut Model) -> anyhow::Result<()> {
        let Some(path) = &self.recent else {
            return Ok(());
        };
        let store = self.article_store(path)?;
        let articles: Vec<Article> = store.iter().map(|article| (**article).clone()).collect();
        if !model.compare_with(&articles) {
            super::notices(&[format!(
                "{}: {} articles are too few to compare with, or the model has no label `{}`; left aside",
                path.display(),
                articles.len(),
                crate::relation::LABEL
            )]);
        }
        Ok(())
    }

    fn article_store(&self, path: &Path) -> anyhow::Result<ArticleStore> {
        let options = InputOptions {
            format: None,
            ..self.options()
        };
        let store = ArticleStore::load(path, &options)
            .with_context(|| format!("could not read articles from {}", path.display()))?;
        super::notices(store.notices());
        let bad: BadRows = store.bad_rows().iter().collect();
        bad.judge(&path.display().to_string(), store.n_rows(), self.strict)?;
        Ok(store)
    }

    /// The file of articles, if one was named.
    pub(crate) fn articles_path(&self) -> Option<&Path> {
        self.articles.as_deref()
    }

    /// Whether a bad row is one too many.
    pub(crate) fn strict(&self) -> bool {
        self.strict
    }

    /// Opens an output, which may replace no file that is read.
    pub(crate) fn create(
        &self,
        output: &Path,
        data: &[PathBuf],
        model: Option<&Path>,
    ) -> anyhow::Result<Sink> {
        let model_files =
            model.map(|folder| [WEIGHTS_FILE, CONFIG_FILE].map(|name| folder.join(name)));
        let context = [&self.articles, &self.approved, &self.recent]
            .into_iter()
            .flatten();
        let inputs = data.iter().chain(context).cloned();
        let inputs: Vec<PathBuf> = inputs.chain(model_files.into_iter().flatten()).collect();
        Ok(Sink::create(output, &inputs)?)
    }

    /// How cells are guarded, for reading and for writing alike.
    pub(crate) fn formulas(&self) -> crate::data::Formulas {
        if self.raw_cells {
            crate::data::Formulas::Keep
        } else {
            crate::data::Formulas::Guard
        }
    }

    fn options(&self) -> InputOptions {
        InputOptions {
            format: self.format.and_then(|format| match format {
                InputFormat::Rows(format) => Some(format),
                InputFormat::Page => None,
            }),
            encoding: self.encoding,
            formulas: self.formulas(),
            max_record_bytes: self
                .max_row_bytes
                .unwrap_or(InputOptions::default().max_record_bytes),
            ..InputOptions::default()
        }
    }

    fn columns(&self) -> ColumnOptions {
        ColumnOptions {
            text: self.text_column.clone(),
            id: self.id_column.clone(),
            article_id: self.article_id_column.clone(),
            article_url: self.article_url_column.clone(),
            article_title: self.article_title_column.clone(),
            article_lead: self.article_lead_column.clone(),
            article_text: self.article_text_column.clone(),
            parent_id: self.parent_id_column.clone(),
            parent_text: self.parent_text_column.clone(),
            parent_author: self.parent_author_column.clone(),
            author: self.author_column.clone(),
        }
    }
}

/// Reads the model of a folder, or the one compiled in (also by the name `default`).
pub(crate) fn load_model(folder: Option<&Path>) -> anyhow::Result<Model> {
    match folder {
        #[cfg(feature = "default-model")]
        None => Ok(Model::embedded()),
        #[cfg(feature = "default-model")]
        Some(path) if path.as_os_str() == "default" && !path.exists() => Ok(Model::embedded()),
        #[cfg(not(feature = "default-model"))]
        None => anyhow::bail!("this build has no default model; name one with --model"),
        Some(path) => Model::read(path).map_err(|error| match error {
            #[cfg(feature = "default-model")]
            error @ ModelError::Missing { .. } => {
                anyhow::anyhow!("{error}; the one compiled in is called `default`")
            }
            error => error.into(),
        }),
    }
}

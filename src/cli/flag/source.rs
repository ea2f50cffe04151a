//! Where the comments of `flag` come from: a table, or a page with its article.

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;

use super::{CommentReader, FlagArgs, Table};
use crate::cli::notices;
use crate::comment::Article;
use crate::data::ColumnOptions;
use crate::page::Page;

/// Columns of a page's comments.
const COLUMNS: [&str; 4] = ["id", "parent_id", "author", "text"];

impl FlagArgs {
    /// Opens the file and reads the articles of its comments.
    pub(super) fn source(&self) -> anyhow::Result<(Table, CommentReader)> {
        if self.article.is_some() && self.input.articles_path().is_some() {
            bail!(
                "--article is one article for all comments and --articles a file of many; name only one of both"
            );
        }
        let article = self.article.as_deref().map(read_article);
        let article = article.transpose()?;
        if self.input.is_page(&self.file) {
            return self.page(article);
        }
        if is_web_archive(&self.file) {
            bail!(
                "{}: is a web archive, which is not read; save the page as HTML or as text",
                self.file.display()
            );
        }
        let articles = self.input.articles()?;
        let table = self.input.open(&self.file)?;
        let reader = self.input.reader(&table, &articles)?.under(article);
        Ok((table, reader))
    }

    /// The comments of a page under its article, unless another one is given.
    fn page(&self, article: Option<Arc<Article>>) -> anyhow::Result<(Table, CommentReader)> {
        if self.input.articles_path().is_some() {
            bail!("a page holds its own article; --articles is for files of comments");
        }
        let page = self.input.page(&self.file)?;
        let file = self.file.display().to_string();
        let told: Vec<String> = page
            .notes
            .iter()
            .map(|note| format!("{file}: {note}"))
            .collect();
        notices(&told);
        let table = table(&file, &page);
        // The names are the page's own columns, whatever columns other files have.
        let columns = ColumnOptions::default().resolve(table.schema())?;
        let article = match article {
            Some(article) => Arc::new(Article {
                commenters: page.article.commenters,
                ..Arc::unwrap_or_clone(article)
            }),
            None => Arc::new(page.article),
        };
        let reader = CommentReader::new(columns, Arc::default()).under(Some(article));
        Ok((table, reader))
    }
}

/// One article on its own: a page, or text of which the first line is the headline.
fn read_article(path: &Path) -> anyhow::Result<Arc<Article>> {
    let page = crate::cli::page::read_article(path)?;
    if page.article.title.is_empty() && page.article.body.is_empty() {
        notices(&[format!("{}: no article found in it", path.display())]);
    }
    Ok(Arc::new(page.article))
}

fn table(file: &str, page: &Page) -> Table {
    let row = |comment: &crate::page::PageComment| {
        vec![
            comment.id.clone(),
            comment.parent_id.clone().unwrap_or_default(),
            comment.author.clone().unwrap_or_default(),
            comment.text.clone(),
        ]
    };
    Table::from_cells(file, &COLUMNS, page.comments.iter().map(row).collect())
}

fn is_web_archive(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        extension.eq_ignore_ascii_case("mht") || extension.eq_ignore_ascii_case("mhtml")
    })
}

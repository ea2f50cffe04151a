//! `ombuds page`: a saved page → its article and its comments as rows.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::Outcome;
use crate::data::{Encoding, read_text};
use crate::page::{Line, Page, PageFormat};
use crate::report::escape;

/// Longest page. Chosen: a hundred times the longest pages with all their comments open.
const MAX_BYTES: usize = 50 << 20;

/// Read the article and the comments of a saved page
///
/// Prints one JSON object a line: the article ({"kind": "article", id, title, lead, body, section, url,
/// published}), then each comment ({"kind": "comment", id, parent_id, author, text, published,
/// article_id}). `ombuds flag` reads such a file with the article as context. HTML is read by its
/// schema.org data and by the mark-up of common comment systems; text copied from a page by its lines.
/// What was taken for what is told on standard error.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds page article.html > article.jsonl
  ombuds page copied.txt --explain | head -1
  ombuds page - --format text < copied.txt | ombuds flag - --format jsonl")]
pub(crate) struct PageArgs {
    /// The page: HTML or text, also .gz or .zst; - is standard input
    file: PathBuf,
    /// What it is written in, html or text [default: by extension, else by content]
    #[arg(long, value_name = "FORMAT")]
    format: Option<PageFormat>,
    /// Encoding, such as windows-1252 [default: detected]
    #[arg(long)]
    encoding: Option<Encoding>,
    /// Show on standard error each line of a text page with what it was taken for
    #[arg(long)]
    explain: bool,
}

impl PageArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let page = read(&self.file, self.format, self.encoding)?;
        let mut rows = String::new();
        for row in page.to_rows() {
            rows.push_str(&row.to_string());
            rows.push('\n');
        }
        if self.explain {
            page.lines.iter().for_each(explain);
            if page.lines.is_empty() {
                super::notices(&[
                    "HTML is not read by lines; --explain shows those of text".to_owned()
                ]);
            }
        }
        super::print(&rows)?;
        super::notices(&page.notes);
        Ok(Outcome::Done)
    }
}

fn explain(line: &Line) {
    if !line.text.is_empty() {
        let role = line.role.to_string();
        anstream::eprintln!("{:>5}  {role:<18}  {}", line.number, escape(&line.text));
    }
}

/// Reads a page.
pub(crate) fn read(
    path: &Path,
    format: Option<PageFormat>,
    encoding: Option<Encoding>,
) -> anyhow::Result<Page> {
    let (text, notice) = read_text(path, encoding, MAX_BYTES)?;
    super::notices(notice.as_slice());
    // The name alone: where the file lies on this machine is nobody's business who reads the rows.
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    let format = format
        .or_else(|| PageFormat::from_name(&name))
        .unwrap_or_else(|| PageFormat::from_content(&text));
    Page::read(&text, &name, format)
        .with_context(|| format!("{} cannot be read as a page", path.display()))
}

/// Reads an article on its own. Text that has nothing of a page in it begins with the headline.
pub(crate) fn read_article(path: &Path) -> anyhow::Result<Page> {
    let mut page = read(path, None, None)?;
    if page.is_plain() {
        page.take_first_line_as_title();
    }
    Ok(page)
}

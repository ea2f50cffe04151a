//! Rows → comments with their explicit context.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::articles::ArticleStore;
use super::columns::Columns;
use super::fault::{Fault, RowError};
use super::row::Row;
use super::schema::ColumnRef;
use crate::comment::{Article, Comment};

/// Earlier comments of the file that replies can find their parent among. Bounds memory to some
/// tens of megabytes; replies stand near their parents.
const MAX_PARENTS: usize = 50_000;

/// A comment and its context, owned, so that rows can be scored in parallel.
#[derive(Clone, Debug, Default)]
pub struct OwnedComment {
    /// The raw text.
    pub text: String,
    /// Display name.
    pub author: Option<String>,
    /// The article it stands under.
    pub article: Option<Arc<Article>>,
    /// The comment it answers.
    pub parent: Option<Arc<str>>,
    /// Display name of who wrote that.
    pub parent_author: Option<Arc<str>>,
    /// The comment that began the thread, where that is not the one it answers.
    pub thread: Option<Arc<str>>,
    /// Identifier of article or thread: what a split must not tear apart.
    pub group: Option<String>,
}

impl OwnedComment {
    /// As the scorer takes it.
    pub fn as_comment(&self) -> Comment<'_> {
        Comment {
            text: &self.text,
            author: self.author.as_deref(),
            article: self.article.as_deref(),
            parent: self.parent.as_deref(),
            parent_author: self.parent_author.as_deref(),
            thread: self.thread.as_deref(),
        }
    }
}

/// What replies know of an earlier comment.
#[derive(Clone, Debug)]
struct Earlier {
    text: Arc<str>,
    author: Option<Arc<str>>,
}

/// Reads comments from the rows of one file, in order: a reply finds its parent among the 50,000
/// rows before it, or in a column of its own.
#[derive(Debug)]
pub struct CommentReader {
    columns: Columns,
    articles: Arc<ArticleStore>,
    /// Earlier comments by identifier, and the identifiers in order of arrival.
    parents: HashMap<String, Earlier>,
    arrivals: VecDeque<String>,
    /// Root of the thread of each comment, by identifier.
    roots: HashMap<String, String>,
    /// The last inline article: files repeat it row after row.
    inline: Option<Arc<Article>>,
    /// The article of all comments that name no other.
    common: Option<Arc<Article>>,
    /// Comments under an article that is not among the articles, and the first such identifier.
    n_strays: u64,
    stray: Option<String>,
}

impl CommentReader {
    /// A reader of rows with these columns; `articles` may be empty.
    pub fn new(columns: Columns, articles: Arc<ArticleStore>) -> Self {
        Self {
            columns,
            articles,
            parents: HashMap::new(),
            arrivals: VecDeque::new(),
            roots: HashMap::new(),
            inline: None,
            common: None,
            n_strays: 0,
            stray: None,
        }
    }

    /// The same, with one article for all comments.
    #[must_use]
    pub fn under(mut self, article: Option<Arc<Article>>) -> Self {
        self.common = article;
        self
    }

    /// The columns it reads.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Comments whose article is not to be found, in words, if there are any.
    pub fn notice(&self) -> Option<String> {
        let stray = self.stray.as_ref()?;
        let mut articles = self.articles.iter().map(|article| article.id.as_str());
        let known = articles.find(|id| !id.is_empty());
        let known = known.map_or(String::new(), |id| format!(" (it has `{id}`)"));
        Some(format!(
            "{} comments stand under articles that the file of articles lacks, such as `{stray}`{known}; \
             they are taken without one: give it those articles, or the comments its identifiers",
            self.n_strays
        ))
    }

    /// Reads a row. Rows must come in the file's order. A missing cell is a missing part.
    ///
    /// # Errors
    /// [`Fault::NoText`] where a JSON object lacks the key of the text.
    pub fn read(&mut self, row: &Row) -> Result<OwnedComment, RowError> {
        let cell = |column: &Option<ColumnRef>| {
            let cell = row.get(column.as_ref()?)?;
            let cell = cell.trim();
            (!cell.is_empty()).then(|| cell.to_owned())
        };
        let Some(text) = row.get(&self.columns.text).map(Cow::into_owned) else {
            let column = self.columns.text.name().to_owned();
            return Err(row.error(Fault::NoText { column }));
        };
        let (id, parent_id) = (cell(&self.columns.id), cell(&self.columns.parent_id));
        let article_id = cell(&self.columns.article_id);
        let author = cell(&self.columns.author);
        let known = parent_id.as_ref().and_then(|id| self.parents.get(id));
        let parent_author = cell(&self.columns.parent_author).map(Into::into);
        let parent_author =
            parent_author.or_else(|| known.and_then(|parent| parent.author.clone()));
        let parent = match cell(&self.columns.parent_text) {
            Some(parent) => Some(parent.into()),
            None => known.map(|parent| Arc::clone(&parent.text)),
        };
        let article_url = cell(&self.columns.article_url);
        let known = article_id.as_ref().and_then(|id| self.articles.get(id));
        let by_url = || self.articles.by_url(article_url.as_ref()?);
        let known = known.or(row.article()).or_else(by_url).map(Arc::clone);
        let known_id = known.as_ref().map(|article| article.id.clone());
        let article = known.or_else(|| {
            let part = |column| cell(column).unwrap_or_default();
            let article = Article {
                id: article_id.clone().unwrap_or_default(),
                title: part(&self.columns.article_title),
                lead: part(&self.columns.article_lead),
                body: part(&self.columns.article_text),
                // No address: where it is that of the comment, every row would have an article of its own.
                ..Article::default()
            };
            self.inline_article(article)
        });
        let name = article_id.as_ref().or(article_url.as_ref());
        if let Some(name) = name.filter(|_| article.is_none() && !self.articles.is_empty()) {
            self.n_strays += 1;
            self.stray.get_or_insert_with(|| name.clone());
        }
        let article = article.or_else(|| self.common.clone());
        let root = self.remember(id, parent_id.as_deref(), &text, author.as_deref());
        let thread = root
            .as_ref()
            .filter(|root| parent_id.as_ref().is_some_and(|parent| parent != *root))
            .and_then(|root| self.parents.get(root))
            .map(|root| Arc::clone(&root.text));
        // An article that has no identifier is known by its headline.
        let title = article.as_ref().map(|article| article.title.clone());
        let named = [article_id, known_id, title].into_iter().flatten();
        let group = named.into_iter().find(|name| !name.is_empty()).or(root);
        Ok(OwnedComment {
            text,
            author,
            article,
            parent,
            parent_author,
            thread,
            group,
        })
    }

    /// An article out of the row's own columns, if any of its parts is there.
    fn inline_article(&mut self, article: Article) -> Option<Arc<Article>> {
        if article.title.is_empty() && article.lead.is_empty() && article.body.is_empty() {
            return None;
        }
        match &self.inline {
            Some(last) if is_same_row(last, &article) => Some(Arc::clone(last)),
            _ => {
                let article = Arc::new(self.articles.discussed(article));
                Some(Arc::clone(self.inline.insert(article)))
            }
        }
    }

    /// Keeps the comment for replies to come; returns the root of its thread, if the file has
    /// parents at all.
    fn remember(
        &mut self,
        id: Option<String>,
        parent_id: Option<&str>,
        text: &str,
        author: Option<&str>,
    ) -> Option<String> {
        self.columns.parent_id.as_ref()?;
        let root = match parent_id {
            Some(parent) => self
                .roots
                .get(parent)
                .map_or(parent, String::as_str)
                .to_owned(),
            None => id.clone()?,
        };
        if let Some(id) = id {
            if self.arrivals.len() == MAX_PARENTS
                && let Some(oldest) = self.arrivals.pop_front()
            {
                self.parents.remove(&oldest);
                self.roots.remove(&oldest);
            }
            let earlier = Earlier {
                text: text.into(),
                author: author.map(Into::into),
            };
            self.parents.insert(id.clone(), earlier);
            self.roots.insert(id.clone(), root.clone());
            self.arrivals.push_back(id);
        }
        Some(root)
    }
}

/// Whether two articles have the same columns in a row of comments.
fn is_same_row(a: &Article, b: &Article) -> bool {
    (&a.id, &a.title, &a.lead, &a.body) == (&b.id, &b.title, &b.lead, &b.body)
}

#[cfg(test)]
mod tests {
    use super::super::columns::ColumnOptions;
    use super::super::format::InputOptions;
    use super::super::table::Table;
    use super::*;

    fn read(csv: &'static str) -> Vec<OwnedComment> {
        let source = Box::new(csv.as_bytes());
        let table = Table::from_reader("a.csv", source, &InputOptions::default()).unwrap();
        let columns = ColumnOptions::default().resolve(table.schema()).unwrap();
        let mut reader = CommentReader::new(columns, Arc::default());
        table
            .map(|row| reader.read(&row.unwrap().unwrap()).unwrap())
            .collect()
    }

    #[test]
    fn an_inline_article_is_made_of_the_parts_there_are() {
        let comments = read(
            "text,article_id,article_title,article_lead,article_text\n\
             a,1,Tram,,\nb,1,Tram,,\nc,1,Tram,late,\nd,2,Tram,late,\ne,2,,,\nf,2,,,Body\n",
        );
        let articles: Vec<_> = comments.iter().map(|c| c.article.as_deref()).collect();
        let parts = articles.iter().map(|article| {
            article.map_or("-".to_owned(), |article| {
                format!(
                    "{} {}/{}/{}",
                    article.id, article.title, article.lead, article.body
                )
            })
        });
        assert_eq!(
            parts.collect::<Vec<_>>(),
            [
                "1 Tram//",
                "1 Tram//",
                "1 Tram/late/",
                "2 Tram/late/",
                "-",
                "2 //Body"
            ]
        );
        let shared = |i: usize| comments[i].article.as_ref().map(Arc::as_ptr);
        assert_eq!(shared(0), shared(1), "an article that repeats is one");
        assert_ne!(shared(1), shared(2));
    }

    #[test]
    fn a_reply_knows_who_wrote_its_parent() {
        let comments = read(
            "id,parent_id,author,text\n1,,Anna,a\n2,1,Ben,b\n3,2,,c\n4,3,Cleo,d\n5,9,Cleo,e\n",
        );
        let authors = comments
            .iter()
            .map(|comment| comment.parent_author.as_deref());
        assert_eq!(
            authors.collect::<Vec<_>>(),
            [None, Some("Anna"), Some("Ben"), None, None]
        );
    }

    #[test]
    fn a_column_says_who_wrote_the_parent_ahead_of_earlier_rows() {
        let comments = read(
            "id,parent_id,author,text,parent_text,parent_author,article_headline\n\
             1,,Anna,a,,,Tram\n2,1,Ben,b,a, Annie ,Tram\n3,1,Ben,c,,,Tram\n4,,Ben,d,e,Zoe,Tram\n",
        );
        let authors = comments
            .iter()
            .map(|comment| comment.parent_author.as_deref());
        assert_eq!(
            authors.collect::<Vec<_>>(),
            [None, Some("Annie"), Some("Anna"), Some("Zoe")]
        );
        let titles =
            (comments.iter()).map(|comment| comment.article.as_ref().unwrap().title.as_str());
        assert!(titles.eq(["Tram"; 4]));
    }

    #[test]
    fn an_address_stands_for_a_missing_identifier() {
        let table = |file, content: &'static str| {
            let source = Box::new(content.as_bytes());
            Table::from_reader(file, source, &InputOptions::default()).unwrap()
        };
        let articles = "id,title,url\n7,Tram,https://www.x.example/tram/\n8,Bus,x.example/bus\n";
        let articles = Arc::new(ArticleStore::from_table(table("f.csv", articles)).unwrap());
        let rows = "text,article_id,story_url\na,,http://x.example/tram?utm=1#c\nb,8,x.example/tram\n\
                    c,9,x.example/bus\nd,,x.example/boat\ne,,\n";
        let table = table("a.csv", rows);
        let columns = ColumnOptions::default().resolve(table.schema()).unwrap();
        let mut reader = CommentReader::new(columns, articles);
        let found = table.map(|row| {
            let OwnedComment { article, group, .. } = reader.read(&row.unwrap().unwrap()).unwrap();
            let title = article.map(|article| article.title.clone());
            (title.unwrap_or_default(), group.unwrap_or_default())
        });
        let found: Vec<_> = found.collect();
        let expected = [
            ("Tram", "7"),
            ("Bus", "8"),
            ("Bus", "9"),
            ("", ""),
            ("", ""),
        ];
        assert_eq!(
            found,
            expected.map(|(title, group)| (title.to_owned(), group.to_owned()))
        );
        let notice = reader.notice().unwrap();
        assert!(notice.starts_with("1 comments") && notice.contains("`x.example/boat`"));
    }

    #[test]
    fn of_several_articles_the_one_named_first_counts() {
        let rows = "{\"kind\":\"article\",\"id\":\"r\",\"title\":\"Among the rows\"}\n\
            {\"text\":\"a\",\"article_id\":\"f\",\"article_title\":\"Own\"}\n\
            {\"text\":\"b\",\"article_id\":\"r\",\"article_title\":\"Own\"}\n\
            {\"text\":\"c\",\"article_id\":\"x\",\"article_title\":\"Own\"}\n\
            {\"text\":\"d\",\"article_id\":\"x\"}\n{\"text\":\"e\"}\n";
        let table = |file, content: &'static str| {
            let source = Box::new(content.as_bytes());
            Table::from_reader(file, source, &InputOptions::default()).unwrap()
        };
        let filed = ArticleStore::from_table(table("f.csv", "id,title\nf,In the file\n")).unwrap();
        let common = Arc::new(Article {
            title: "Common".to_owned(),
            ..Article::default()
        });
        let table = table("a.jsonl", rows);
        let columns = ColumnOptions::default().resolve(table.schema()).unwrap();
        let mut reader = CommentReader::new(columns, Arc::new(filed)).under(Some(common));
        let titles = table.map(|row| {
            let comment = reader.read(&row.unwrap().unwrap()).unwrap();
            comment.article.unwrap().title.clone()
        });
        assert_eq!(
            titles.collect::<Vec<_>>(),
            ["In the file", "Among the rows", "Own", "Common", "Common"]
        );
        assert!(
            reader
                .notice()
                .unwrap()
                .starts_with("1 comments stand under")
        );
    }
}

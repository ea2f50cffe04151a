//! Which column holds what.

use super::error::Error;
use super::schema::{ColumnRef, Schema};

/// Usual names, tried in this order, whatever their case.
const TEXT: &[&str] = &[
    "text",
    "comment",
    "comment_text",
    "body",
    "content",
    "message",
];
const ID: &[&str] = &["id", "comment_id", "_unit_id", "ID_Post", "uid"];
const ARTICLE_ID: &[&str] = &["article_id", "story_id", "ID_Article", "asset_id"];
const ARTICLE_URL: &[&str] = &["article_url", "story_url", "url"];
const ARTICLE_TITLE: &[&str] = &["article_title", "article_headline"];
const ARTICLE_LEAD: &[&str] = &["article_lead"];
const ARTICLE_TEXT: &[&str] = &["article_text", "article", "article_body"];
const PARENT_ID: &[&str] = &["parent_id", "reply_to", "ID_Parent_Post"];
const PARENT_TEXT: &[&str] = &["parent_text", "parent"];
const PARENT_AUTHOR: &[&str] = &["parent_author"];
const AUTHOR: &[&str] = &[
    "author",
    "author_name",
    "display_name",
    "username",
    "user_name",
    "name",
];

/// All of the above.
#[cfg(feature = "serve")]
const USUAL: &[&[&str]] = &[
    TEXT,
    ID,
    ARTICLE_ID,
    ARTICLE_URL,
    ARTICLE_TITLE,
    ARTICLE_LEAD,
    ARTICLE_TEXT,
    PARENT_ID,
    PARENT_TEXT,
    PARENT_AUTHOR,
    AUTHOR,
];

/// Whether a column of that name is taken for a part of the comment, so that no label can have it.
#[cfg(feature = "serve")]
pub(crate) fn is_usual_name(name: &str) -> bool {
    let mut names = USUAL.iter().copied().flatten();
    names.any(|usual| usual.to_lowercase() == name.to_lowercase())
}

/// Column names as given; those not given are looked for under their usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnOptions {
    /// The comment.
    pub text: Option<String>,
    /// Identifier of the comment.
    pub id: Option<String>,
    /// Identifier of the article it stands under.
    pub article_id: Option<String>,
    /// Address of the article it stands under.
    pub article_url: Option<String>,
    /// Headline of that article.
    pub article_title: Option<String>,
    /// The sentence or two under that headline.
    pub article_lead: Option<String>,
    /// Text of that article.
    pub article_text: Option<String>,
    /// Identifier of the comment it answers.
    pub parent_id: Option<String>,
    /// Text of that comment.
    pub parent_text: Option<String>,
    /// Display name of who wrote that comment.
    pub parent_author: Option<String>,
    /// Display name of the comment's own author.
    pub author: Option<String>,
}

/// The columns of a file that hold what [`ColumnOptions`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The comment.
    pub text: ColumnRef,
    /// Identifier of the comment.
    pub id: Option<ColumnRef>,
    /// Identifier of the article it stands under.
    pub article_id: Option<ColumnRef>,
    /// Address of the article it stands under.
    pub article_url: Option<ColumnRef>,
    /// Headline of that article.
    pub article_title: Option<ColumnRef>,
    /// The sentence or two under that headline.
    pub article_lead: Option<ColumnRef>,
    /// Text of that article.
    pub article_text: Option<ColumnRef>,
    /// Identifier of the comment it answers.
    pub parent_id: Option<ColumnRef>,
    /// Text of that comment.
    pub parent_text: Option<ColumnRef>,
    /// Display name of who wrote that comment.
    pub parent_author: Option<ColumnRef>,
    /// Display name of the comment's own author.
    pub author: Option<ColumnRef>,
}

impl ColumnOptions {
    /// Finds the columns.
    ///
    /// # Errors
    /// A name that was given must exist; the text must be found. All else may be missing.
    pub fn resolve(&self, schema: &Schema) -> Result<Columns, Error> {
        let find = |given: &Option<String>, usual: &[&str]| match given {
            Some(name) => schema.require(name).map(Some),
            None => Ok(schema
                .usual(usual)
                .filter(|column| !self.is_given(schema, column))),
        };
        let text = find(&self.text, TEXT)?.ok_or_else(|| Error::NoUsualColumn {
            file: schema.file.clone(),
            what: "the text of comments",
            remedy: "name it with --text-column",
            columns: schema.list(),
        })?;
        Ok(Columns {
            text,
            id: find(&self.id, ID)?,
            article_id: find(&self.article_id, ARTICLE_ID)?,
            article_url: find(&self.article_url, ARTICLE_URL)?,
            article_title: find(&self.article_title, ARTICLE_TITLE)?,
            article_lead: find(&self.article_lead, ARTICLE_LEAD)?,
            article_text: find(&self.article_text, ARTICLE_TEXT)?,
            parent_id: find(&self.parent_id, PARENT_ID)?,
            parent_text: find(&self.parent_text, PARENT_TEXT)?,
            parent_author: find(&self.parent_author, PARENT_AUTHOR)?,
            author: find(&self.author, AUTHOR)?,
        })
    }

    /// Whether a column was given for something: then its usual name does not count.
    fn is_given(&self, schema: &Schema, column: &ColumnRef) -> bool {
        let given = [
            &self.text,
            &self.id,
            &self.article_id,
            &self.article_url,
            &self.article_title,
            &self.article_lead,
            &self.article_text,
            &self.parent_id,
            &self.parent_text,
            &self.parent_author,
            &self.author,
        ];
        given
            .into_iter()
            .flatten()
            .any(|name| schema.column(name).as_ref() == Some(column))
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::schema_of;
    use super::*;

    fn name(column: Option<&ColumnRef>) -> &str {
        column.map_or("-", ColumnRef::name)
    }

    #[test]
    fn usual_names_are_found_whatever_their_case() {
        for (header, expected) in [
            (
                &["ID_Post", "ID_Parent_Post", "ID_Article", "Body"][..],
                "Body ID_Post ID_Article ID_Parent_Post -",
            ),
            // Its headline is the post's own.
            (&["ID_Post", "Headline", "Body"], "Body ID_Post - - -"),
            (
                &["comment", "text", "UserName", "uid"],
                "text uid - - UserName",
            ),
            (
                &["story_id", "Comment_Text", "reply_to"],
                "Comment_Text - story_id reply_to -",
            ),
        ] {
            let found = ColumnOptions::default()
                .resolve(&schema_of(header))
                .unwrap();
            let parts = [
                &found.id,
                &found.article_id,
                &found.parent_id,
                &found.author,
            ];
            let parts = parts.map(|column| name(column.as_ref())).join(" ");
            assert_eq!(format!("{} {parts}", found.text.name()), expected);
            assert_eq!(found.article_title, None);
        }
    }

    #[test]
    fn given_names_come_first_and_must_exist() {
        let schema = schema_of(&["id", "text", "name"]);
        let given = |text: &str| ColumnOptions {
            text: Some(text.into()),
            ..Default::default()
        };
        let columns = given("name").resolve(&schema).unwrap();
        assert_eq!((columns.text.name(), columns.author), ("name", None));
        let error = given("txt").resolve(&schema).unwrap_err().to_string();
        assert_eq!(
            error,
            "a.csv: no column `txt`, did you mean `text`?; its columns are id, text, name"
        );
    }

    #[test]
    fn a_file_without_text_says_what_to_do() {
        let error = ColumnOptions::default()
            .resolve(&schema_of(&["a", "b"]))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "a.csv: no column looks like the text of comments; name it with --text-column; \
             its columns are a, b"
        );
    }
}

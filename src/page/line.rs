//! Lines of a text page and what each was taken for.

use std::fmt;

use super::furniture::Furniture;

/// What a line of a text page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineRole {
    /// Nothing on it.
    Blank,
    /// The article's headline.
    Headline,
    /// Its standfirst.
    Lead,
    /// Its running text.
    Body,
    /// The heading of the comments.
    CommentsHeading,
    /// A display name.
    Author,
    /// A comment's text.
    Comment,
    /// Part of the page and of neither; left out.
    Furniture(Furniture),
}

impl fmt::Display for LineRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "blank",
            Self::Headline => "headline",
            Self::Lead => "lead",
            Self::Body => "body",
            Self::CommentsHeading => "comments heading",
            Self::Author => "display name",
            Self::Comment => "comment",
            Self::Furniture(furniture) => furniture.as_str(),
        })
    }
}

/// A line of a text page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Position in the file, from 1.
    pub number: usize,
    /// The line without the white space around it.
    pub text: String,
    /// What it was taken for.
    pub role: LineRole,
}

/// Lines as one text: blank ones at the ends go, several become one.
pub(super) fn join(lines: &[&str]) -> String {
    let mut text = String::new();
    let mut n_breaks = 0;
    for line in lines.iter().map(|line| line.trim()) {
        if !line.is_empty() {
            if !text.is_empty() {
                text.extend(std::iter::repeat_n('\n', n_breaks.min(2)));
            }
            text.push_str(line);
            n_breaks = 0;
        }
        n_breaks += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_as_paragraphs() {
        assert_eq!(join(&["", "a", "b", "", " ", "c", ""]), "a\nb\n\nc");
        assert_eq!(join(&[]), "");
    }
}

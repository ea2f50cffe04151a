//! Headings of comment sections: `Comments (2)`, `3 Comments`, `Kommentare (5)`, `Join the discussion`.

/// A line that may begin the comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// How many comments it announces.
    pub(super) announced: Option<usize>,
}

/// Longest heading.
const MAX_HEADING: usize = 60;
/// Words for comments.
const COMMENTS: &[&str] = &[
    "comment",
    "comments",
    "kommentar",
    "kommentare",
    "leserkommentare",
    "leserkommentar",
    "commentaire",
    "commentaires",
    "comentario",
    "comentarios",
    "comentário",
    "comentários",
    "commento",
    "commenti",
    "reactie",
    "reacties",
    "komentarz",
    "komentarze",
    "komentarzy",
    "kommentarer",
    "комментарий",
    "комментарии",
    "комментариев",
    "yorum",
    "yorumlar",
    "leserbriefe",
    "leserstimmen",
    "responses",
];
/// Words around them.
const FILLERS: &[&str] = &[
    "all", "show", "view", "see", "hide", "read", "reader", "readers", "reader's", "readers'",
    "user", "users", "latest", "the", "on", "this", "article", "story", "post", "there", "are",
    "is", "so", "far", "alle", "anzeigen", "zum", "artikel", "zu", "diesem", "der", "leser", "les",
    "des", "lecteurs", "todos", "los", "ver", "and", "your",
];
/// Headings without a word for comments.
const PHRASES: &[&str] = &[
    "join the discussion",
    "join the conversation",
    "have your say",
    "diskutieren sie mit",
    "diskutieren sie mit!",
    "mitdiskutieren",
    "ihre meinung",
    "participez à la discussion",
    "únete a la conversación",
    "what do you think?",
    "what readers say",
    "what our readers say",
    "discussion",
    "the conversation",
    "conversation",
];
/// Beginnings, after a number: `3 thoughts on “Headline”`.
const ON_HEADLINE: &[&str] = &[
    " thoughts on ",
    " thought on ",
    " responses to ",
    " response to ",
    " replies to ",
    " comments on ",
    " comment on ",
];

/// Reads a line as a heading.
pub(super) fn read(line: &str) -> Option<Heading> {
    let lower = line.to_lowercase();
    if let Some(n) = on_headline(&lower) {
        return Some(Heading { announced: Some(n) });
    }
    if line.len() > MAX_HEADING {
        return None;
    }
    if PHRASES.contains(&lower.trim()) {
        return Some(Heading { announced: None });
    }
    let tokens = lower
        .split(|c: char| c.is_whitespace() || "()[]:·•|–—-".contains(c))
        .filter(|token| !token.is_empty());
    let (mut announced, mut names_comments) = (None, false);
    for token in tokens {
        if COMMENTS.contains(&token) {
            names_comments = true;
        } else if token.starts_with(|c: char| c.is_ascii_digit()) && announced.is_none() {
            announced = Some(number(token)?);
        } else if !FILLERS.contains(&token) {
            return None;
        }
    }
    // "Comment" alone is a button.
    let is_button = announced.is_none()
        && matches!(
            lower.trim(),
            "comment" | "kommentar" | "commento" | "responses"
        );
    (names_comments && !is_button).then_some(Heading { announced })
}

fn on_headline(lower: &str) -> Option<usize> {
    let (first, rest) = lower.split_once(' ')?;
    let n = if first == "one" { 1 } else { number(first)? };
    let rest = &lower[lower.len() - rest.len() - 1..];
    ON_HEADLINE
        .iter()
        .any(|words| rest.starts_with(words))
        .then_some(n)
}

/// `1,234` and `1.234` as well as `12`.
fn number(token: &str) -> Option<usize> {
    let digits: String = token
        .chars()
        .filter(|c| !matches!(c, ',' | '.' | '’' | '\''))
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_many_sites() {
        for (line, expected) in [
            ("Comments (2)", Some(Some(2))),
            ("3 Comments", Some(Some(3))),
            ("Kommentare (5)", Some(Some(5))),
            ("COMMENTS · 1,204", Some(Some(1204))),
            ("Show all 12 comments", Some(Some(12))),
            ("Join the discussion", Some(None)),
            ("Reader comments", Some(None)),
            ("3 thoughts on “Tram late again”", Some(Some(3))),
            ("One thought on “Tram late again”", Some(Some(1))),
            ("Комментарии (7)", Some(Some(7))),
            ("Comment", None),
            ("No comment from the mayor", None),
            ("2 hours", None),
            ("", None),
        ] {
            assert_eq!(
                read(line).map(|heading| heading.announced),
                expected,
                "{line}"
            );
        }
    }
}

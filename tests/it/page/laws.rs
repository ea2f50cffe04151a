//! What holds for any text at all, page or not.

use std::collections::HashSet;

use ombuds::page::{LineRole, Page};
use proptest::prelude::*;

/// Text made of what pages are made of, so that more than the first branch is reached.
fn page_like() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "Comments (2)",
        "3 Comments",
        "Ann",
        "2h",
        "Reply",
        "\n",
        "\n\n",
        "Related",
        "By Ann",
        "·",
        "42",
        "says:",
        "<p>",
        "</p>",
        "<div class=comment>",
        "<li class=comment>",
        "</div>",
        "<b class=author>",
        "</b>",
        "<ol class=commentlist>",
        "<table>",
        "<script type='application/ld+json'>",
        "</script>",
        "{\"@type\": \"Comment\", \"text\": \"x\"}",
        "[",
        "<template>",
        "<svg>",
        "<div itemscope itemtype='http://schema.org/Comment'>",
        "<p itemprop=text>",
        "<!--",
        "-->",
        "<![CDATA[",
        "&#x0;",
        "\u{0}",
        "é",
        "İ",
        "🙂",
    ]);
    let piece = prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_a_page(text in prop_oneof![any::<String>(), page_like()]) {
        let page = Page::from_text(&text, "a");
        prop_assert_eq!(page.lines.len(), text.trim_start_matches('\u{feff}').lines().count());
        prop_assert!(page.comments.iter().all(|comment| !comment.text.is_empty()));
        // No line is lost, and none is taken for two things.
        let n_comment_lines = page.lines.iter().filter(|line| line.role == LineRole::Comment).count();
        prop_assert!(n_comment_lines >= page.comments.len());
    }

    #[test]
    fn any_text_is_html(html in prop_oneof![any::<String>(), page_like()]) {
        let page = Page::from_html(&html, "a").unwrap();
        let ids: HashSet<_> = page.comments.iter().map(|comment| &comment.id).collect();
        prop_assert_eq!(ids.len(), page.comments.len());
    }
}

//! The mark-up of common comment systems.

/// How one system marks up a comment. Of several selectors the first that matches counts.
pub(super) struct System {
    pub(super) name: &'static str,
    pub(super) comment: &'static str,
    pub(super) author: &'static [&'static str],
    pub(super) body: &'static [&'static str],
}

pub(super) const SYSTEMS: &[System] = &[
    System {
        name: "WordPress",
        comment: "ol.commentlist li.comment, ol.comment-list li.comment, ul.commentlist li.comment, \
                  .comment-list li.comment, .comments-area li.comment, .wp-block-comment-template > li",
        author: &[
            ".comment-author .fn",
            ".comment-author cite",
            "cite.fn",
            ".fn",
            ".comment-author",
            ".wp-block-comment-author-name",
        ],
        body: &[
            ".comment-content",
            ".wp-block-comment-content",
            ".comment-text",
            ".comment-body",
        ],
    },
    System {
        name: "Disqus",
        comment: "#posts li.post, .post-list li.post, [data-role=\"post\"], li[id^=\"post-\"]",
        author: &[
            ".author a",
            ".author",
            ".post-byline a",
            "[data-role=\"username\"]",
        ],
        body: &[".post-message", "[data-role=\"message\"]"],
    },
    System {
        name: "Coral",
        comment: ".coral-comment, [data-testid^=\"comment-\"][id^=\"comment-\"]",
        author: &[
            ".coral-comment-username",
            ".coral-username",
            "[class*=\"username\"]",
        ],
        body: &[".coral-comment-content", "[class*=\"htmlContent\"]"],
    },
    System {
        name: "OpenWeb",
        comment: "[data-spot-im-class=\"message-view\"], [data-spotim-id]",
        author: &[
            "[data-spot-im-class=\"message-username\"]",
            "[class*=\"username\"]",
        ],
        body: &[
            "[data-spot-im-class=\"message-text\"]",
            "[class*=\"messageEntities\"]",
        ],
    },
    System {
        name: "Discourse",
        comment: ".topic-post article[data-post-id], .crawler-post",
        author: &[
            ".names .username a",
            ".names a",
            ".creator [itemprop=\"name\"]",
            ".creator",
        ],
        body: &[".cooked", ".post[itemprop=\"text\"]"],
    },
];

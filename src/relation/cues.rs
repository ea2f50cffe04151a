//! Words of a comment that tell about its subject without any article: talk about the site, selling,
//! and words that only point back.

use crate::text::packed::{PackedSet, pack};
use crate::text::{TextView, TokenKind};

use super::passage::words;

/// Talk about the site and its moderation.
const SITE: PackedSet<59> = PackedSet::of([
    "account",
    "adblock",
    "adblocker",
    "ads",
    "app",
    "ban",
    "banned",
    "button",
    "captcha",
    "censor",
    "censored",
    "censoring",
    "censorship",
    "comment",
    "commenting",
    "comments",
    "cookie",
    "cookies",
    "delete",
    "deleted",
    "deletes",
    "deleting",
    "disappeared",
    "downvote",
    "downvotes",
    "font",
    "layout",
    "log",
    "login",
    "mod",
    "moderate",
    "moderated",
    "moderating",
    "moderation",
    "moderator",
    "moderators",
    "mods",
    "newsletter",
    "password",
    "paywall",
    "pending",
    "post",
    "posted",
    "posts",
    "premium",
    "refresh",
    "removed",
    "removing",
    "reply",
    "subscribe",
    "subscribed",
    "subscriber",
    "subscribers",
    "subscription",
    "thread",
    "upvote",
    "upvotes",
    "username",
    "website",
]);

/// Selling.
const SELLING: PackedSet<43> = PackedSet::of([
    "bitcoin",
    "bonus",
    "buy",
    "cash",
    "casino",
    "cheap",
    "click",
    "coupon",
    "crypto",
    "deal",
    "deals",
    "delivery",
    "discount",
    "dm",
    "earn",
    "earned",
    "earning",
    "forex",
    "free",
    "hiring",
    "hourly",
    "income",
    "invest",
    "investment",
    "laptop",
    "loan",
    "loans",
    "offer",
    "order",
    "payout",
    "profit",
    "profits",
    "promo",
    "sale",
    "sell",
    "selling",
    "shipping",
    "telegram",
    "trader",
    "trading",
    "weekly",
    "whatsapp",
    "winner",
]);

/// Words that point back to what was said.
const POINTING: PackedSet<34> = PackedSet::of([
    "agree", "agreed", "both", "correct", "disagree", "exactly", "he", "her", "him", "his", "it",
    "it's", "its", "neither", "no", "nonsense", "nope", "same", "she", "so", "source", "that",
    "that's", "their", "them", "these", "they", "this", "those", "true", "wrong", "yeah", "yep",
    "yes",
]);

/// How often each kind of cue stands in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cues {
    pub(super) n_site: f64,
    pub(super) n_selling: f64,
    /// Share of the words that point back.
    pub(super) pointing: f64,
    pub(super) n_links: f64,
}

impl Cues {
    /// Counts.
    ///
    /// # Complexity  O(words)
    pub(super) fn count(view: &TextView) -> Self {
        let mut cues = Self::default();
        let mut n_words = 0.0;
        for word in words(view) {
            let word = pack(word);
            n_words += 1.0;
            cues.n_site += f64::from(u8::from(SITE.contains(word)));
            cues.n_selling += f64::from(u8::from(SELLING.contains(word)));
            cues.pointing += f64::from(u8::from(POINTING.contains(word)));
        }
        if n_words > 0.0 {
            cues.pointing /= n_words;
        }
        let links = view.tokens.iter();
        cues.n_links = links.filter(|token| token.kind == TokenKind::Link).count() as f64;
        cues
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextTables;

    #[test]
    fn cues_are_counted() {
        let mut view = TextView::default();
        let text = "That is wrong. Why was my comment deleted? Earn cash: www.example.com";
        view.parse(text, &TextTables::shipped());
        let cues = Cues::count(&view);
        assert_eq!((cues.n_site, cues.n_selling, cues.n_links), (2.0, 2.0, 1.0));
        assert!((cues.pointing - 2.0 / 10.0).abs() < 1e-12, "{cues:?}");
    }
}

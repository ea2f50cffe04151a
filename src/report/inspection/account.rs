//! What the score of one comment is made of, in tenths that add up as they are printed.

use crate::comment::Comment;
use crate::explain::Explanation;
use crate::report::reasons::{Side, parts, written};

/// The parts of a logit; start, both sides and the rest add up to the sum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Where every comment starts: the intercept.
    pub start: f64,
    /// What spoke for the label, in words with what it adds, the strongest first.
    pub speaks_for: Vec<String>,
    /// What spoke against it.
    pub speaks_against: Vec<String>,
    /// Sum of the parts in words.
    pub told: f64,
    /// Sum of all others.
    pub rest: f64,
    /// The logit.
    pub sum: f64,
}

impl Account {
    /// Takes a split apart.
    pub fn new(comment: &Comment<'_>, explanation: &Explanation) -> Self {
        let side = |side| parts(comment, explanation, side);
        let (speaks_for, speaks_against) = (side(Side::For), side(Side::Against));
        let both = speaks_for.iter().chain(&speaks_against);
        // Rounded one by one, so that who adds up what is printed finds what is printed.
        let told = both.map(|(_, contribution)| tenths(*contribution)).sum();
        let (start, sum) = (tenths(explanation.intercept), tenths(explanation.logit()));
        Self {
            start,
            speaks_for: speaks_for.iter().map(written).collect(),
            speaks_against: speaks_against.iter().map(written).collect(),
            told,
            rest: sum - start - told,
            sum,
        }
    }
}

fn tenths(value: f64) -> f64 {
    // As it is printed: a tie of the decimal text and not of the number times ten.
    format!("{value:.1}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comment::Span;
    use crate::explain::{NamedTerm, Segment};

    #[test]
    fn named_terms_stand_on_both_sides_and_printed_figures_add_up() {
        let segment = |(start, end, contribution)| Segment {
            span: Span { start, end },
            contribution,
        };
        let term = |(name, contribution)| NamedTerm { name, contribution };
        let explanation = Explanation {
            intercept: -1.04,
            text: [(0, 3, 0.46), (4, 9, -0.36), (10, 14, 0.02)]
                .map(segment)
                .to_vec(),
            name: vec![segment((0, 3, -0.24))],
            terms: [("capitals", 0.17), ("closeness", -2.04)]
                .map(term)
                .to_vec(),
            words: None,
        };
        let comment = Comment {
            author: Some("Ann"),
            ..Comment::from_text("buy council gold")
        };
        let account = Account::new(&comment, &explanation);
        assert_eq!(account.speaks_for, ["\"buy\" +0.5", "capitals +0.2"]);
        let against = [
            "closeness -2.0",
            "\"counc\" -0.4",
            "display name \"Ann\" -0.2",
        ];
        assert_eq!(account.speaks_against, against);
        let printed = |value: f64| format!("{value:+.1}");
        let shown = [account.start, account.told, account.rest, account.sum].map(printed);
        assert_eq!(shown, ["-1.0", "-1.9", "-0.1", "-3.0"]);
    }
}

//! The table `[borrow]` of a recipe.

use std::collections::BTreeMap;

use crate::train::Loan;

/// By label, of which other label how much counts as its own evidence.
pub(super) type Borrow = BTreeMap<String, BTreeMap<String, f64>>;

/// The loans among labels that are learnt: with sources left out, some labels of the recipe may not be.
pub(super) fn loans(borrow: &Borrow, labels: &[String], learnt: &[String]) -> Vec<Loan> {
    let of_label = |(to, lenders): (&String, &BTreeMap<String, f64>)| -> Vec<Loan> {
        let loan = |(from, &share): (&String, &f64)| Loan {
            to: to.clone(),
            from: from.clone(),
            share,
        };
        lenders.iter().map(loan).collect()
    };
    // A name that is no label at all is for the training to refuse.
    let is_left_out = |label: &String| labels.contains(label) && !learnt.contains(label);
    let loans = borrow.iter().flat_map(of_label);
    loans
        .filter(|loan| !is_left_out(&loan.to) && !is_left_out(&loan.from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loans_of_labels_that_are_not_learnt_fall_away_and_typing_errors_stay() {
        let borrow: Borrow =
            toml::from_str("a = { b = 0.5 }\nc = { a = 1.0 }\nd = { nobody = 1.0 }")
                .expect("a table of tables");
        let names =
            |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
        let labels = names(&["a", "b", "c", "d"]);
        let found = |learnt: &[&str]| -> Vec<(String, String, f64)> {
            let loans = loans(&borrow, &labels, &names(learnt)).into_iter();
            loans.map(|loan| (loan.to, loan.from, loan.share)).collect()
        };
        let loan = |to: &str, from: &str, share| (to.to_owned(), from.to_owned(), share);
        let typo = loan("d", "nobody", 1.0);
        assert_eq!(
            found(&["a", "b", "c", "d"]),
            [loan("a", "b", 0.5), loan("c", "a", 1.0), typo.clone()]
        );
        assert_eq!(found(&["a", "c", "d"]), [loan("c", "a", 1.0), typo]);
    }
}

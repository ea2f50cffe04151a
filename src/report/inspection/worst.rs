//! The few worst of many, without keeping the many.

/// The `n` items of the highest keys, of those that resemble each other the highest; of equal keys the earlier item
/// counts more.
#[derive(Clone, Debug)]
pub struct Worst<T> {
    n: usize,
    resemble: fn(&T, &T) -> bool,
    /// Falling keys.
    kept: Vec<(f64, T)>,
}

impl<T> Worst<T> {
    /// Room for `n`.
    pub fn new(n: usize, resemble: fn(&T, &T) -> bool) -> Self {
        Self {
            n,
            resemble,
            kept: Vec::with_capacity(n),
        }
    }

    /// Offers an item, which is only made if its key is among the highest.
    ///
    /// # Complexity  O(n), and O(1) for all that are not among the worst
    pub fn offer(&mut self, key: f64, item: impl FnOnce() -> T) {
        let place = self.kept.partition_point(|(kept, _)| *kept >= key);
        if place >= self.n {
            return;
        }
        let item = item();
        let mut kept = self.kept.iter();
        match kept.position(|(_, kept)| (self.resemble)(&item, kept)) {
            Some(worse) if worse < place => return,
            Some(milder) => {
                self.kept.remove(milder);
            }
            None => self.kept.truncate(self.n - 1),
        }
        self.kept.insert(place, (key, item));
    }

    /// What is kept, the worst first.
    pub fn into_items(self) -> impl Iterator<Item = T> {
        self.kept.into_iter().map(|(_, item)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_highest_and_of_equal_ones_the_first() {
        let mut worst = Worst::new(3, |_, _| false);
        for (i, key) in [0.5, 0.9, 0.9, 0.1, 0.9, 0.7].into_iter().enumerate() {
            worst.offer(key, || i);
        }
        assert_eq!(worst.into_items().collect::<Vec<_>>(), [1, 2, 4]);
        let mut none = Worst::new(0, |(), ()| false);
        none.offer(1.0, || ());
        assert_eq!(none.into_items().count(), 0);
    }

    #[test]
    fn of_those_that_resemble_each_other_one_is_kept() {
        let mut worst = Worst::new(3, |a: &&str, b| a[..1] == b[..1]);
        for (key, item) in [
            (0.5, "a5"),
            (0.6, "b6"),
            (0.9, "a9"),
            (0.7, "a7"),
            (0.4, "c4"),
            (0.3, "d3"),
        ] {
            worst.offer(key, || item);
        }
        assert_eq!(worst.into_items().collect::<Vec<_>>(), ["a9", "b6", "c4"]);
    }
}

//! The few worst of many, without keeping the many.

/// The `n` items of the highest keys; of equal keys the earlier item counts more.
#[derive(Clone, Debug)]
pub struct Worst<T> {
    n: usize,
    /// Falling keys.
    kept: Vec<(f64, T)>,
}

impl<T> Worst<T> {
    /// Room for `n`.
    pub fn new(n: usize) -> Self {
        Self {
            n,
            kept: Vec::with_capacity(n),
        }
    }

    /// Offers an item, which is only made if it is kept.
    ///
    /// # Complexity  O(n), and O(1) for all that are not among the worst
    pub fn offer(&mut self, key: f64, item: impl FnOnce() -> T) {
        let place = self.kept.partition_point(|(kept, _)| *kept >= key);
        if place < self.n {
            self.kept.truncate(self.n - 1);
            self.kept.insert(place, (key, item()));
        }
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
        let mut worst = Worst::new(3);
        for (i, key) in [0.5, 0.9, 0.9, 0.1, 0.9, 0.7].into_iter().enumerate() {
            worst.offer(key, || i);
        }
        assert_eq!(worst.into_items().collect::<Vec<_>>(), [1, 2, 4]);
        let mut none = Worst::new(0);
        none.offer(1.0, || ());
        assert_eq!(none.into_items().count(), 0);
    }
}

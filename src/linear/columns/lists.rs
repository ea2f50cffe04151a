//! Lists by key, and the members that they are made of.

use std::ops::Range;

/// For each of some keys, in ascending order, a list.
#[derive(Clone, Debug)]
pub(super) struct Lists<T> {
    pub(super) keys: Vec<u32>,
    pub(super) ends: Vec<u32>,
    pub(super) items: Vec<T>,
}

impl<T: Copy + Default + TryFrom<usize>> Lists<T> {
    /// From the items of key 0, of key 1 and so on.
    pub(super) fn in_order(lists: impl Iterator<Item = impl Iterator<Item = T>>) -> Self {
        let (mut ends, mut items) = (Vec::new(), Vec::new());
        for list in lists {
            items.extend(list);
            ends.push(items.len() as u32);
        }
        items.shrink_to_fit();
        Self {
            keys: (0..ends.len() as u32).collect(),
            ends,
            items,
        }
    }

    /// From `(key, item)` pairs: `each` hands on the keys of one item after the other.
    pub(super) fn of(
        n_keys: usize,
        n_items: usize,
        each: impl Fn(usize, &mut dyn FnMut(u32)),
    ) -> Self {
        let mut counts = vec![0_u32; n_keys];
        (0..n_items).for_each(|item| each(item, &mut |key| counts[key as usize] += 1));
        let n_lists = counts.iter().filter(|&&count| count > 0).count();
        let (mut keys, mut ends) = (Vec::with_capacity(n_lists), Vec::with_capacity(n_lists));
        let mut end = 0;
        for (count, key) in counts.iter_mut().zip(0..) {
            let start = end;
            end += *count;
            if *count > 0 {
                keys.push(key);
                ends.push(end);
            }
            // From now on: where the next item goes.
            *count = start;
        }
        let mut items = vec![T::default(); end as usize];
        for item in 0..n_items {
            let number = T::try_from(item).unwrap_or_default();
            each(item, &mut |key| {
                let at = &mut counts[key as usize];
                items[*at as usize] = number;
                *at += 1;
            });
        }
        Self { keys, ends, items }
    }

    /// The lists of the keys of a range.
    #[inline]
    pub(super) fn within(&self, keys: &Range<usize>) -> impl Iterator<Item = (usize, &[T])> {
        let first = self
            .keys
            .partition_point(|&key| (key as usize) < keys.start);
        let last = self.keys.partition_point(|&key| (key as usize) < keys.end);
        let mut start = if first == 0 { 0 } else { self.ends[first - 1] };
        (self.keys[first..last].iter().zip(&self.ends[first..last])).map(move |(&key, &end)| {
            let items = &self.items[start as usize..end as usize];
            start = end;
            (key as usize, items)
        })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &[T])> {
        self.within(&(0..usize::MAX))
    }
}

/// Keys of each of some items, one after the other.
#[derive(Default)]
pub(super) struct Members {
    pub(super) keys: Vec<u32>,
    pub(super) ends: Vec<usize>,
}

impl Members {
    pub(super) fn push(&mut self, keys: impl Iterator<Item = u32>) {
        self.keys.extend(keys);
        self.ends.push(self.keys.len());
    }

    pub(super) fn transposed(&self, n_keys: usize) -> Lists<u16> {
        Lists::of(n_keys, self.ends.len(), |item, each| {
            let start = if item == 0 { 0 } else { self.ends[item - 1] };
            self.keys[start..self.ends[item]]
                .iter()
                .for_each(|&key| each(key));
        })
    }
}

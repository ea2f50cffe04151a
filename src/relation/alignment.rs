//! Words of two texts paired up by meaning, after Kusner et al. 2015 in its relaxed form: each word goes to the
//! closest one of the other text.

use super::passage::{MAX_WORDS, Passage, share};

/// Cosine from which two words count as a close pair.
const CLOSE: f32 = 0.4;

/// How well the words of two passages pair up by meaning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alignment {
    /// Weighted mean over the first one's words of the cosine to the closest of the second.
    pub(super) forth: f32,
    /// The same the other way.
    pub(super) back: f32,
    /// Largest cosine of a pair times the geometric mean of its weights.
    pub(super) closest: f32,
    /// Sum of what cosines have above [`CLOSE`], by the weights of the pair, per root of all weights.
    pub(super) close_pairs: f32,
}

impl Alignment {
    pub(super) fn of(a: &Passage, b: &Passage) -> Self {
        let mut alignment = Self::default();
        let mut back = [0.0_f32; MAX_WORDS];
        let (mut weight_a, mut weight_b) = (0.0, 0.0);
        let mut pairs = 0.0;
        for word in &a.words {
            let Some(direction) = &word.direction else {
                continue;
            };
            let mut closest = 0.0_f32;
            for (other, back) in b.words.iter().zip(&mut back) {
                let Some(other_direction) = &other.direction else {
                    continue;
                };
                let cosine = direction.cosine(other_direction);
                // Cosines are numbers: `f32::max` looks whether they are.
                if cosine > closest {
                    closest = cosine;
                }
                if cosine > *back {
                    *back = cosine;
                }
                if cosine > CLOSE {
                    let weights = word.weight * other.weight;
                    pairs += (cosine - CLOSE) * weights;
                    alignment.closest = alignment.closest.max(cosine * weights.sqrt());
                }
            }
            weight_a += word.weight;
            alignment.forth += word.weight * closest;
        }
        for (word, back) in b.words.iter().zip(back) {
            if word.direction.is_some() {
                weight_b += word.weight;
                alignment.back += word.weight * back;
            }
        }
        alignment.forth = share(alignment.forth, weight_a);
        alignment.back = share(alignment.back, weight_b);
        alignment.close_pairs = share(pairs, (weight_a * weight_b).sqrt());
        alignment
    }
}

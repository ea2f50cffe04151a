//! Random numbers written out, so that a stored interval can be had again in ten years.
//!
//! # References
//! - Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators: SplitMix64.
//! - Blackman & Vigna (2021), Scrambled linear pseudorandom number generators: xoshiro256**.
//! - Lemire (2019), Fast random integer generation in an interval.

/// The step of SplitMix64: 2^64 divided by the golden ratio, made odd.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64, used to fill the state of [`Xoshiro256`].
#[derive(Clone, Debug)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// xoshiro256**: 256 bits of state, period 2^256 - 1.
#[derive(Clone, Debug)]
pub struct Xoshiro256 {
    state: [u64; 4],
}

impl Xoshiro256 {
    /// Stream number `stream` of a seed.
    ///
    /// Stream `r` takes numbers `4r .. 4r + 4` of the seed's SplitMix64 sequence as its state, so
    /// no two streams of a seed start alike and none depends on another having run.
    pub fn from_stream(seed: u64, stream: u64) -> Self {
        let offset = stream.wrapping_mul(4).wrapping_mul(GOLDEN_GAMMA);
        let mut filler = SplitMix64::new(seed.wrapping_add(offset));
        Self {
            state: std::array::from_fn(|_| filler.next_u64()),
        }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let [s0, s1, s2, s3] = &mut self.state;
        let result = s1.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *s1 << 17;
        *s2 ^= *s0;
        *s3 ^= *s1;
        *s1 ^= *s2;
        *s0 ^= *s3;
        *s2 ^= shifted;
        *s3 = s3.rotate_left(45);
        result
    }

    /// A whole number below `n`, all equally likely.
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "no number is below 0");
        let mut product = (self.next_u64() >> 32) * u64::from(n);
        if (product as u32) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u32) < threshold {
                product = (self.next_u64() >> 32) * u64::from(n);
            }
        }
        (product >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix64_gives_the_published_numbers() {
        let mut rng = SplitMix64::new(1_234_567);
        let expected: [u64; 5] = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(expected.map(|_| rng.next_u64()), expected);
    }

    #[test]
    fn xoshiro256_gives_the_published_numbers() {
        // From the reference C code with state 1, 2, 3, 4, as also tested by `rand_xoshiro`.
        let mut rng = Xoshiro256 {
            state: [1, 2, 3, 4],
        };
        let expected: [u64; 10] = [
            11_520,
            0,
            1_509_978_240,
            1_215_971_899_390_074_240,
            1_216_172_134_540_287_360,
            607_988_272_756_665_600,
            16_172_922_978_634_559_625,
            8_476_171_486_693_032_832,
            10_595_114_339_597_558_777,
            2_904_607_092_377_533_576,
        ];
        assert_eq!(expected.map(|_| rng.next_u64()), expected);
    }

    #[test]
    fn numbers_below_n_are_evenly_spread() {
        let mut rng = Xoshiro256::from_stream(7, 0);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[rng.below(6) as usize] += 1;
        }
        // Five standard deviations: 5 * sqrt(60,000 * 5 / 36) = 456.
        assert!(
            counts.iter().all(|&n| n.abs_diff(10_000) < 457),
            "{counts:?}"
        );
    }

    #[test]
    fn streams_differ_and_repeat() {
        let first = |stream| Xoshiro256::from_stream(1, stream).next_u64();
        assert_eq!(first(3), first(3));
        assert_ne!(first(3), first(4));
    }
}

//! Weights in a byte each, for a model that is shipped in a program.
//!
//! A weight is the square of its byte, with the sign, in units of the label's largest weight: `w = m s (b/127)^2`.
//! Small weights, of which a comment sums up hundreds, keep a finer grain than evenly spaced steps give them. The
//! squared idf keeps the upper half of its bits (bfloat16).

/// The byte nearest to a weight; `largest` is the label's largest absolute weight.
pub(super) fn to_byte(weight: f32, largest: f32) -> i8 {
    if largest <= 0.0 {
        return 0;
    }
    let root = (weight.abs() / largest).min(1.0).sqrt();
    ((root * 127.0).round() as i8) * (weight.signum() as i8)
}

/// The weight of a byte.
pub(super) fn to_weight(byte: i8, largest: f32) -> f32 {
    let root = f32::from(byte) / 127.0;
    largest * root * root.abs()
}

/// The bfloat16 nearest to a number that is neither negative nor large.
pub(super) fn f32_to_short(number: f32) -> u16 {
    ((number.to_bits() + 0x8000) >> 16) as u16
}

/// The number of a bfloat16.
pub(super) fn short_to_f32(short: u16) -> f32 {
    f32::from_bits(u32::from(short) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_is_once() {
        for byte in -127..=127_i8 {
            for largest in [1.0, 0.037, 411.7] {
                assert_eq!(to_byte(to_weight(byte, largest), largest), byte);
            }
        }
        for number in [1.0_f32, 2.37, 93.2, 1e-3] {
            let once = short_to_f32(f32_to_short(number));
            assert_eq!(f32_to_short(once), f32_to_short(number));
            assert!((once / number - 1.0).abs() < 1.0 / 256.0);
        }
        assert_eq!((to_byte(0.0, 0.0), to_byte(-2.0, 1.0)), (0, -127));
    }

    #[test]
    fn small_weights_keep_a_fine_grain() {
        for weight in [0.5, 0.01, 0.001, -0.01] {
            let error = to_weight(to_byte(weight, 1.0), 1.0) - weight;
            assert!(error.abs() < 0.01 * weight.abs().sqrt() + 1e-4, "{weight}");
        }
    }
}

//! exp in f32, for arguments that are not positive.

use fearless_simd::{Simd, f32x16, i32x16, prelude::*};

/// exp(x) for `x <= 0`, within 2 ulp; 0 below about -87.3, where f32 has no more normal numbers.
///
/// x = n · ln 2 + r with |r| ≤ ln 2 / 2; exp(r) by Cephes's polynomial for `expf` (Moshier), times 2ⁿ by the exponent's bits.
#[inline(always)]
pub(crate) fn exp_nonpositive<S: Simd>(simd: S, x: f32x16<S>) -> f32x16<S> {
    let splat = |value| f32x16::splat(simd, value);
    let n = (x.max(splat(-87.3)) * std::f32::consts::LOG2_E).round_ties_even();
    // ln 2 in two parts, the first with zeros behind it: n times it is exact.
    let r = n.mul_add(splat(2.121_944_4e-4), n.mul_add(splat(-355.0 / 512.0), x));
    let mut p = splat(1.987_569_1e-4);
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p.mul_add(r, splat(coefficient));
    }
    let e = p.mul_add(r * r, r + 1.0);
    let scale: f32x16<S> = ((n.to_int::<i32x16<S>>() + 127) << 23).bitcast();
    x.simd_lt(splat(-87.3)).select(splat(0.0), e * scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    #[test]
    fn is_within_two_ulp() {
        for i in 0..200_000 {
            let x = -87.3 * (i as f32 / 200_000.0);
            let got = dispatch!(Level::new(), simd => exp_nonpositive(simd, f32x16::splat(simd, x))[0]);
            let want = f64::from(x).exp();
            let error = (f64::from(got) - want).abs() / want;
            assert!(error <= 2.0 * f64::from(f32::EPSILON), "exp({x}) = {got}, want {want}");
        }
        for (x, want) in [(0.0, 1.0), (-87.4, 0.0), (-1e4, 0.0), (f32::MIN, 0.0)] {
            let got = dispatch!(Level::new(), simd => exp_nonpositive(simd, f32x16::splat(simd, x))[0]);
            assert_eq!(got, want, "exp({x})");
        }
    }
}

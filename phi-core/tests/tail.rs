//! Goal: the normal tail against 808 points computed with 60 digits, and its laws everywhere else.
#![expect(
    clippy::expect_used,
    clippy::float_cmp,
    reason = "a broken oracle must stop the test; saturated values are exact"
)]

use phi_core::tail::{normal_phi, normal_phi_f32, normal_phi_inverse};
use proptest::prelude::*;

const ORACLE: &str = include_str!("data/normal_phi.csv");

fn oracle() -> impl Iterator<Item = (f64, f64)> {
    ORACLE.lines().filter(|line| !line.starts_with(['#', 'z'])).map(|line| {
        let (z, phi) = line.split_once(',').expect("two columns");
        (z.parse().expect("z"), phi.parse().expect("phi"))
    })
}

/// The distance of two positive floats in units in the last place.
fn ulps(a: f64, b: f64) -> u64 {
    a.to_bits().abs_diff(b.to_bits())
}

fn worst(from: f64, to: f64) -> u64 {
    oracle()
        .filter(|(z, _)| (from..=to).contains(z))
        .map(|(z, phi)| ulps(normal_phi(z), phi))
        .max()
        .expect("the range holds points")
}

/// Method: each point of the table, by range, so that a failure says where.
#[test]
fn phi_is_within_4_ulp_of_the_oracle() {
    assert_eq!(oracle().count(), 808);
    for (from, to) in [(-38.0, -8.0), (-8.0, 0.0), (0.0, 8.0), (8.0, 100.0), (100.0, 1e6)] {
        let worst = worst(from, to);
        println!("z from {from} to {to}: at most {worst} ulp");
        assert!(worst <= 4, "z from {from} to {to}: {worst} ulp");
    }
}

/// Method: points of the table in order, and dense steps around the joins of the formulas.
#[test]
fn phi_never_decreases_at_the_joins_or_on_the_table() {
    let points: Vec<f64> = oracle().map(|(z, _)| normal_phi(z)).collect();
    assert!(points.windows(2).all(|pair| pair[0] <= pair[1]));
    for join in [-38.5_f64, -1.0, 0.0, 1.125, 2.0, 6.0, 30.0, 60.0, 62.0] {
        for step in [1e-9, 1e-6, 1e-3] {
            let at = |k: i32| normal_phi(join + f64::from(k) * step);
            for k in -2_000..2_000 {
                assert!(at(k) <= at(k + 1), "join {join}, step {step}, {k}");
            }
        }
    }
}

/// Method: every kind of float that is no ordinary deviation.
#[test]
fn phi_is_finite_for_every_float() {
    for z in [f64::NEG_INFINITY, f64::MIN, -1e300, -39.0, f64::NAN] {
        assert_eq!(normal_phi(z).to_bits(), 0, "{z}");
    }
    assert_eq!(normal_phi(f64::INFINITY), f64::MAX);
    assert_eq!(normal_phi(f64::MAX), f64::MAX);
    assert!(normal_phi(1e150).is_finite() && normal_phi(-0.0) == normal_phi(0.0));
    for phi in [0.0, -1.0, f64::NAN] {
        assert_eq!(normal_phi_inverse(phi), f64::NEG_INFINITY);
    }
    assert_eq!(normal_phi_inverse(f64::INFINITY), f64::INFINITY);
}

/// Method: each point of the table the other way round, by range. Around 0 a rounding of φ alone
/// moves z by more than its own last place, so there it is that of 1 that counts; levels that have
/// not all their bits say too little.
#[test]
fn the_inverse_is_near_the_oracle() {
    for (from, to) in [(-38.0, -8.0), (-8.0, -1.0), (-1.0, 1.0), (1.0, 8.0), (8.0, 1e6)] {
        let error = |(z, phi): (f64, f64)| {
            let ulp = f64::EPSILON * z.abs().max(1.0).log2().floor().exp2(); // the greater, at 2^k
            (normal_phi_inverse(phi) - z).abs() / ulp
        };
        let points = oracle().filter(|(z, phi)| (from..=to).contains(z) && phi.is_normal());
        let worst = points.map(|point| (error(point), point.0, point.1));
        let worst = worst.max_by(|a, b| a.0.total_cmp(&b.0));
        let (worst, z, phi) = worst.expect("the range holds points");
        println!("z from {from} to {to}: at most {worst} ulp, at φ = {phi}");
        assert!(worst <= 2.0, "z from {from} to {to}: {worst} ulp at {z}");
    }
}

/// Method: levels up to the highest, of which z² is a known share; and in order.
#[test]
fn the_inverse_of_any_level_is_finite() {
    let per_level = 2.0 * core::f64::consts::LN_10;
    let mut before = 0.0;
    for phi in [1e200, 9e299, 1.1e300, 6.2e306, 6.3e306, 3e307, 7.9e307, 1.7e308, f64::MAX] {
        let z = normal_phi_inverse(phi);
        assert!(z > before, "{phi}: {z} after {before}");
        let ratio = (z / phi.sqrt()).powi(2) / per_level;
        assert!((ratio - 1.0).abs() < 1e-15, "{phi}: {z}");
        before = z;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    /// Goal: the inverse leads back, within what one rounding of z moves φ.
    #[test]
    fn the_inverse_leads_back(z in prop_oneof![-37.0..8.0, 0.0..1e3, 1e3..1e9]) {
        let phi = normal_phi(z);
        let back = normal_phi(normal_phi_inverse(phi));
        let bound = 1e-13 * phi * (1.0 + z.abs() / 8.0);
        prop_assert!((back - phi).abs() <= bound, "{z}: {phi} {back}");
    }

    /// Goal: any two deviations a nanosecond apart at a deviation of a second are in order.
    #[test]
    fn phi_does_not_decrease_between_neighbouring_nanoseconds(z in -38.0..1e5_f64) {
        prop_assert!(normal_phi(z) <= normal_phi(z + 1e-9));
    }
}

/// Steps to the `f32` that is `step` further in order, over negative and positive ones.
fn nth(order: i64) -> f32 {
    let magnitude = u32::try_from(order.unsigned_abs()).expect("a float");
    f32::from_bits(magnitude | if order < 0 { 1 << 31 } else { 0 })
}

/// Goal: single precision is within 4 ulp of the exact tail, and never decreases: each 61st float
/// from −38 to 10⁶ with its neighbour, the double as oracle.
#[test]
fn single_precision_is_within_4_ulp_and_monotone() {
    let last = i64::from(1e6_f32.to_bits());
    let mut worst = (0, 0.0);
    for order in (-i64::from(38.0_f32.to_bits())..=last).step_by(61) {
        let z = nth(order);
        let phi = normal_phi_f32(z);
        #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 is the oracle")]
        let exact = normal_phi(f64::from(z)) as f32;
        let error = phi.to_bits().abs_diff(exact.to_bits());
        worst = if error > worst.0 { (error, z) } else { worst };
        assert!(normal_phi_f32(nth(order + 1)) >= phi, "after {z}");
    }
    println!("at most {} ulp, at {}", worst.0, worst.1);
    assert!(worst.0 <= 4, "{worst:?}");
}

/// Goal: joins of the pieces neither go down nor leave the bound.
#[test]
fn single_precision_is_monotone_across_its_joins() {
    for join in
        [-4.0_f32, -3.0, -1.0, 0.0, 1.0, 3.0, 11.0, 27.0, 51.0, 54.99, 55.0, 59.0, -38.0, -13.0]
    {
        let order = i64::from(join.to_bits() & !(1 << 31)) * if join < 0.0 { -1 } else { 1 };
        for step in -20_000..20_000 {
            let (here, next) = (nth(order + step), nth(order + step + 1));
            assert!(normal_phi_f32(next) >= normal_phi_f32(here), "after {here}");
        }
    }
    for (z, phi) in [
        (f32::NAN, 0.0),
        (f32::NEG_INFINITY, 0.0),
        (f32::INFINITY, f32::MAX),
        (f32::MAX, f32::MAX),
        (f32::MIN, 0.0),
    ] {
        assert_eq!(normal_phi_f32(z), phi);
    }
}

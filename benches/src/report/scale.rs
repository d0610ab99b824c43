//! Logarithmic axes: from a value to its place in a picture, and where their ticks are.

use std::ops::RangeInclusive;

/// One axis.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    /// Where the lowest and the highest value are drawn (pixels).
    from: f64,
    to: f64,
}

impl Scale {
    pub(super) fn new(values: &RangeInclusive<f64>, from: f64, to: f64) -> Self {
        Self { low: values.start().ln(), high: values.end().ln(), from, to }
    }

    /// The place of `value`, to a tenth of a pixel; what is beyond the axis by far is near beyond.
    pub(super) fn place(&self, value: f64) -> f64 {
        let part = (value.max(f64::MIN_POSITIVE).ln() - self.low) / (self.high - self.low);
        let place = part.clamp(-2.0, 3.0).mul_add(self.to - self.from, self.from);
        (place * 10.0).round() / 10.0
    }

    /// Whether `value` is within the axis.
    pub(super) fn holds(&self, value: f64) -> bool {
        value > 0.0 && (self.low - 1e-9..=self.high + 1e-9).contains(&value.ln())
    }
}

/// Powers of ten within `values`.
pub(super) fn decades(values: &RangeInclusive<f64>) -> Vec<f64> {
    (-12..=12).map(|power| 10_f64.powi(power)).filter(|tick| within(values, *tick)).collect()
}

/// 1, 2 and 5 times powers of ten within `values`.
pub(super) fn steps(values: &RangeInclusive<f64>) -> Vec<f64> {
    let tens = (-12..=12).map(|power| 10_f64.powi(power));
    let all = tens.flat_map(|ten| [ten, 2.0 * ten, 5.0 * ten]);
    all.filter(|tick| within(values, *tick)).collect()
}

/// The step at or above `value`.
pub(super) fn step_above(value: f64) -> f64 {
    steps(&(1e-12..=1e12)).into_iter().find(|step| *step >= value).unwrap_or(value)
}

fn within(values: &RangeInclusive<f64>, tick: f64) -> bool {
    (values.start() * (1.0 - 1e-9)..=values.end() * (1.0 + 1e-9)).contains(&tick)
}

/// A rate as a power of ten: 10⁻³; other numbers as they are.
pub(super) fn power_of_ten(rate: f64) -> String {
    let exponent = rate.log10().round();
    if (10_f64.powf(exponent) / rate - 1.0).abs() > 1e-6 {
        return plain(rate);
    }
    match exponent as i32 {
        0 => "1".to_owned(),
        exponent => {
            let digits = exponent.unsigned_abs().to_string();
            let digits = digits.chars().filter_map(raised);
            let sign = if exponent < 0 { "⁻" } else { "" };
            format!("10{sign}{}", digits.collect::<String>())
        }
    }
}

/// A small number with two digits that matter: 2.8·10⁻⁴.
pub(super) fn scientific(value: f64) -> String {
    let text = format!("{value:.1e}");
    match text.split_once('e') {
        Some((digits, exponent)) if exponent != "0" => {
            let power = exponent.parse().map_or(f64::NAN, |exponent| 10_f64.powi(exponent));
            format!("{digits}·{}", power_of_ten(power))
        }
        Some((digits, _)) => digits.to_owned(),
        None => text,
    }
}

/// A number as short as it is.
pub(super) fn plain(value: f64) -> String {
    format!("{}", (value * 1e6).round() / 1e6)
}

/// A count with its thousands apart: 576,305.
pub(super) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn raised(digit: char) -> Option<char> {
    "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit.to_digit(10)? as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: equal ratios are equal lengths, in both directions, and what is beyond stays near.
    #[test]
    fn the_scale_is_logarithmic() {
        let across = Scale::new(&(1.0..=1_000.0), 50.0, 350.0);
        assert_eq!(
            [1.0, 10.0, 100.0, 1_000.0].map(|v| across.place(v)),
            [50.0, 150.0, 250.0, 350.0]
        );
        let up = Scale::new(&(1e-4..=1.0), 200.0, 0.0);
        assert_eq!([1e-4, 1e-2, 1.0].map(|v| up.place(v)), [200.0, 100.0, 0.0]);
        assert!(across.place(0.0).is_finite() && across.place(f64::INFINITY).is_finite());
        assert!(up.holds(1e-4) && !up.holds(0.0) && !up.holds(2.0));
    }

    /// Goal: ticks are round, and written as people write them.
    #[test]
    fn ticks_are_round() {
        assert_eq!(steps(&(1.0..=20.0)), [1.0, 2.0, 5.0, 10.0, 20.0]);
        assert_eq!(decades(&(1e-3..=1.0)).len(), 4);
        assert_eq!([1e-3, 1.0, 1e-10, 0.02].map(power_of_ten), ["10⁻³", "1", "10⁻¹⁰", "0.02"]);
        assert_eq!(step_above(33.0), 50.0);
        assert_eq!(
            [2.84e-4, 0.5, 1.0, 3.0e-10].map(scientific),
            ["2.8·10⁻⁴", "5.0·10⁻¹", "1.0", "3.0·10⁻¹⁰"]
        );
        assert_eq!([7, 100, 1_000, 576_305].map(thousands), ["7", "100", "1,000", "576,305"]);
    }
}

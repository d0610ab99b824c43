//! `tail`: φ of the normal for numbers on standard input, so that any oracle can be held against
//! it.
//!
//! It computes nothing itself: what is printed is phi-core's, in the shortest digits that read back
//! the same.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use phi_core::tail::{normal_phi, normal_phi_inverse};

/// The longest line that is read as a number (bytes).
const LINE_BYTES_MAX: usize = 1_024;

/// Print φ(z) of the standard normal for each z on standard input, one a line
///
/// In the shortest digits that read back the same number, which is within 4 ulp of
/// −log₁₀(1 − Φ(z)) for z from −38 to 10⁶ (the inverse within 2 ulp, or 2 ulp of 1 where that is
/// more). What is outside of a range is what the library makes of it: φ of NaN is 0 (nothing is
/// known), no φ is above 1.7976931348623157e308, and the z of NaN and of φ ≤ 0 is −inf.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The other way round: read φ, print z
    #[arg(long)]
    inverse: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let function = if args.inverse { normal_phi_inverse } else { normal_phi };
    translate(&mut io::stdin().lock(), &mut io::stdout().lock(), function)?;
    Ok(ExitCode::SUCCESS)
}

fn translate(
    input: &mut impl BufRead,
    output: &mut impl Write,
    function: impl Fn(f64) -> f64,
) -> Result<()> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        // The end of the line, and one byte that tells a longer one.
        let limit = u64::try_from(LINE_BYTES_MAX + 1).unwrap_or(u64::MAX);
        io::Read::take(&mut *input, limit).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            break;
        }
        if line.len() > LINE_BYTES_MAX && !line.ends_with(b"\n") {
            bail!("standard input:{number}: longer than {LINE_BYTES_MAX} bytes");
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        let value: f64 = text
            .parse()
            .with_context(|| format!("standard input:{number}: no number: {text:?}"))?;
        writeln!(output, "{:?}", function(value))?; // Debug: with an exponent where it is shorter
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(input: impl AsRef<[u8]>) -> Result<String> {
        let mut output = Vec::new();
        translate(&mut input.as_ref(), &mut output, normal_phi)?;
        Ok(String::from_utf8(output)?)
    }

    /// Goal: each number has its line, in digits that read back the same.
    #[test]
    fn digits_read_back_the_same() -> Result<()> {
        let printed = translated("0\n-3.5\n1e3")?;
        let back: Vec<f64> = printed.lines().map(str::parse).collect::<Result<_, _>>()?;
        let bits = |numbers: Vec<f64>| numbers.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(back), bits([0.0, -3.5, 1e3].map(normal_phi).to_vec()));
        Ok(())
    }

    /// Goal: what is no number is named with its line.
    #[test]
    fn what_is_no_number_is_named() {
        for (input, named) in [("1\nx\n", ":2: no number"), ("1\n\n", ":2:")] {
            let error = translated(input).expect_err("illegal");
            assert!(format!("{error:#}").contains(named), "{error:#}");
        }
        let error = translated(b"a\xff").expect_err("illegal");
        assert!(error.to_string().contains("\"a\u{fffd}\""), "{error}");
        let error = translated("9".repeat(5_000)).expect_err("too long");
        assert!(error.to_string().contains(":1: longer"), "{error}");
        for longest in [LINE_BYTES_MAX, LINE_BYTES_MAX + 1] {
            let result = translated(format!("{}\n", "0".repeat(longest)));
            let text = result.unwrap_or_else(|error| error.to_string());
            let expected = if longest == LINE_BYTES_MAX { "0.3010" } else { ":1: longer" };
            assert!(text.contains(expected), "{longest}: {text}");
        }
    }
}

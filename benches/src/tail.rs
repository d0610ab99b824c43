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
        let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
        io::Read::take(&mut *input, limit).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            break;
        }
        if line.len() == LINE_BYTES_MAX {
            bail!("standard input:{number}: longer than {LINE_BYTES_MAX} bytes");
        }
        let text = str::from_utf8(&line).unwrap_or_default().trim();
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

    fn translated(input: &str) -> Result<String> {
        let mut output = Vec::new();
        translate(&mut input.as_bytes(), &mut output, normal_phi)?;
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
        let error = translated(&"9".repeat(5_000)).expect_err("too long");
        assert!(error.to_string().contains(":1: longer"), "{error}");
    }
}

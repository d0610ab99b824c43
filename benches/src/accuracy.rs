//! The command `accuracy`: the number that each implementation calls φ, against the exact one.
//!
//! Whether φ is the right thing to compute is not asked here: see `tradeoff`.

use std::f64::consts::LOG10_2;
use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use phi_bench::entrant::{Entrant, Setup, WINDOW};
use phi_bench::ours::{NormalU32F32, NormalU64, Ours};
use phi_core::Timestamp;
use serde::Serialize;

use crate::hint;

/// Deviations z, and φ(z) = −log₁₀(1 − Φ(z)) computed with 60 digits (mpmath): the values in
/// phi-core's own table of the tail.
const EXACT: [(f64, f64); 11] = [
    (-3.0, 0.000_586_649_313_790_066_7),
    (0.0, LOG10_2),
    (1.0, 0.799_545_541_491_970_5),
    (3.0, 2.869_699_035_929_369),
    (5.0, 6.542_645_672_390_654),
    (8.0, 15.206_142_551_017_15),
    (10.0, 23.118_053_405_486_076),
    (20.0, 88.560_095_343_075_6),
    (38.0, 315.539_789_703_962_5),
    (40.0, 349.437_006_459_345_8),
    (100.0, 2_173.871_542_869_034_5),
];

/// The sender: two intervals in turn, so that mean and deviation are 10 s and 200 ms to the bit.
const MEAN_MS: u64 = 10_000;
const STD_DEV_MS: u64 = 200;

/// Intervals enough that the two made-up ones that a detector begins with do not show.
#[cfg(feature = "rivals")]
const MANY: usize = 100_000;

/// Above the table.
const CAPTION: &str = "The number called phi after a silence of mean + z deviations; mean 10 s,
deviation 200 ms, 1,000 intervals in a window of 1,000; below it, how far it is off in percent:";

/// φ of each implementation for a known mean and deviation, against the exact one
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print one JSON document instead of a table
    #[arg(long)]
    json: bool,
}

/// What one implementation says, z by z. JSON has no infinity: it is `null` there.
#[derive(Serialize)]
struct Line {
    name: &'static str,
    phi: Vec<f64>,
    off_percent: Vec<f64>,
}

#[derive(Serialize)]
struct Document {
    z: Vec<f64>,
    exact: Vec<f64>,
    implementations: Vec<Line>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let implementations = implementations()?;
    let mut stdout = io::stdout().lock();
    if args.json {
        let (z, exact) = EXACT.into_iter().unzip();
        serde_json::to_writer(&mut stdout, &Document { z, exact, implementations })?;
        writeln!(stdout)?;
    } else {
        writeln!(stdout, "{CAPTION}\n\n{}", table(&implementations))?;
        hint::rivals(&mut stdout)?;
    }
    Ok(())
}

fn implementations() -> Result<Vec<Line>> {
    let mut lines = vec![
        measured::<Ours<NormalU64>>(WINDOW)?,
        measured::<Ours<NormalU32F32>>(WINDOW)?,
        line("logistic formula of Akka", EXACT.map(|(z, _)| logistic(z))),
    ];
    lines.extend(rivals()?);
    Ok(lines)
}

#[cfg(feature = "rivals")]
fn rivals() -> Result<[Line; 5]> {
    use phi_bench::rivals::{Lazily, PhiAccrual, PhiAccrualFailureDetector, PhiDetector};

    Ok([
        measured::<PhiAccrualFailureDetector>(WINDOW)?,
        measured::<PhiAccrualFailureDetector<{ 2 * MANY }>>(MANY)?,
        measured::<PhiDetector>(WINDOW)?,
        measured::<PhiAccrual>(WINDOW)?,
        measured::<Lazily>(WINDOW)?,
    ])
}

#[cfg(not(feature = "rivals"))]
#[expect(clippy::unnecessary_wraps, reason = "as with rivals, who may refuse")]
const fn rivals() -> Result<[Line; 0]> {
    Ok([])
}

fn measured<E: Entrant>(intervals: usize) -> Result<Line> {
    Ok(line(E::NAME, asked::<E>(intervals)?))
}

fn line(name: &'static str, phi: [f64; EXACT.len()]) -> Line {
    let off = phi.iter().zip(EXACT).map(|(phi, (_, exact))| (phi / exact - 1.0) * 100.0);
    Line { name, off_percent: off.collect(), phi: phi.to_vec() }
}

/// What entrant `E` says at each z, after so many intervals (an even number).
fn asked<E: Entrant>(intervals: usize) -> Result<[f64; EXACT.len()]> {
    let mut entrant = E::start(Setup {
        interval: Duration::from_millis(MEAN_MS),
        min_std_dev: Duration::from_millis(STD_DEV_MS / 2),
    })?;
    let mut now = Timestamp::ORIGIN;
    entrant.heartbeat(0, now);
    for seq in 1..=intervals as u64 {
        let interval = if seq % 2 == 0 { MEAN_MS + STD_DEV_MS } else { MEAN_MS - STD_DEV_MS };
        now = now.saturating_add(Duration::from_millis(interval));
        entrant.heartbeat(seq, now);
    }
    Ok(EXACT.map(|(z, _)| {
        let silence_ms = MEAN_MS as f64 + z * STD_DEV_MS as f64;
        entrant.phi(now.saturating_add(Duration::from_millis(silence_ms as u64)))
    }))
}

/// φ by the logistic approximation of the normal distribution.
///
/// # Formula
///
/// ```text
/// φ = −log₁₀(e/(1 + e)) for z > 0, −log₁₀(1 − 1/(1 + e)) else; e = exp(−z(1.5976 + 0.070566 z²))
/// ```
///
/// Source: the failure detector of Akka and Pekko, the model of most others.
fn logistic(z: f64) -> f64 {
    let e = (-z * (1.5976 + 0.070_566 * z * z)).exp();
    let tail = if z > 0.0 { e / (1.0 + e) } else { 1.0 - 1.0 / (1.0 + e) };
    -tail.log10()
}

fn table(lines: &[Line]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let header = EXACT.iter().map(|(z, _)| z.to_string());
    table.set_header(["z".to_owned()].into_iter().chain(header));
    let exact = EXACT.iter().map(|(_, exact)| shown(*exact));
    table.add_row(["exact".to_owned()].into_iter().chain(exact));
    for line in lines {
        let phi = line.phi.iter().map(|phi| shown(*phi));
        table.add_row([line.name.to_owned()].into_iter().chain(phi));
    }
    for line in lines {
        let off = line.off_percent.iter().map(|percent| shown_percent(*percent));
        table.add_row([format!("{}, % off", line.name)].into_iter().chain(off));
    }
    table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

fn shown(phi: f64) -> String {
    if phi < 0.01 { format!("{phi:.2e}") } else { format!("{phi:.3}") }
}

fn shown_percent(percent: f64) -> String {
    match percent.abs() {
        off if off < 1e-9 => "0".to_owned(),
        off if off < 0.05 => format!("{percent:+.0e}"),
        off if off >= 1_000.0 => format!("{percent:+.0e}"),
        _ => format!("{percent:+.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: ours is exact, to the digits that a table of doubles has; Akka's is what it is known
    /// for.
    #[test]
    fn ours_is_exact_and_the_logistic_formula_is_not() {
        let lines = implementations().expect("legal");
        assert!(lines[0].off_percent.iter().all(|percent| percent.abs() < 1e-11), "exact");
        assert!(lines[1].off_percent.iter().all(|percent| percent.abs() < 1e-3), "f32");
        for (z, off) in [(5.0, 11.57), (8.0, 39.69), (20.0, 192.5)] {
            let place = EXACT.iter().position(|(known, _)| *known == z).expect("in the table");
            assert!((lines[2].off_percent[place] - off).abs() < 0.05, "{z}");
        }
        assert!(lines[2].phi[8..].iter().all(|phi| phi.is_infinite()));
    }

    /// Goal: rivals are driven as they are meant to be: where nothing of theirs spoils it, they
    /// give the formula that they state.
    #[cfg(feature = "rivals")]
    #[test]
    fn rivals_give_the_formula_that_they_state() {
        let lines = implementations().expect("legal");
        for name in ["same, window never full", "lazily 0.61.0"] {
            let line = lines.iter().find(|line| line.name == name).expect("present");
            for (phi, (z, _)) in line.phi.iter().zip(EXACT) {
                let stated = logistic(z);
                let near = (phi / stated - 1.0).abs() < 0.03 || *phi == stated;
                assert!(near, "{name}, z {z}: {phi}, not {stated}");
            }
        }
    }
}

//! `traces list`: the included recordings, and those of others with the way to have them.
//!
//! Nothing is fetched: a licence is for whoever uses a file to accept.

use std::io::{self, Write};

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::datasets::{DATA_SETS, DataSet};
use super::facts::Facts;
use super::show::{significant, span};
use crate::trace::included_readers;

/// List the included recordings, and those of others
#[derive(clap::Args)]
pub(super) struct Args {
    /// Print one JSON document instead of tables
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    included: &'a [Facts],
    of_others: &'a [DataSet],
}

pub(super) fn run(args: &Args) -> Result<()> {
    let included = included_readers().map(|(_, reader)| Facts::count(reader?));
    let included = included.collect::<Result<Vec<_>>>()?;
    let mut stdout = io::stdout().lock();
    if args.json {
        let document = Document { included: &included, of_others: &DATA_SETS };
        serde_json::to_writer(&mut stdout, &document)?;
        writeln!(stdout)?;
        return Ok(());
    }
    writeln!(stdout, "Included, recorded by this project:\n\n{}", table(&included))?;
    writeln!(
        stdout,
        "\nOf others, not included. Get their files where they are published, then\n\
         `phi-bench traces import FORMAT FILE… --out NAME.txt.gz`:"
    )?;
    DATA_SETS.iter().try_for_each(|data_set| print(&mut stdout, data_set))?;
    writeln!(
        stdout,
        "\nOf your own network: `phi-bench traces record`, or any CSV file or log of ping: see\n\
         `phi-bench traces import --help`."
    )?;
    Ok(())
}

fn table(included: &[Facts]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "trace",
        "what is wrong",
        "heartbeats",
        "period, ms",
        "length",
        "lost, %",
        "longest silence, periods",
    ]);
    for facts in included {
        table.add_row([
            facts.name.clone(),
            facts.kind.clone(),
            facts.sent.to_string(),
            format!("{}", facts.period_s * 1e3),
            span(facts.length_s),
            format!("{:.2}", facts.lost_percent()),
            significant(facts.longest_silence_periods),
        ]);
    }
    table.column_iter_mut().skip(2).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

fn print(out: &mut impl Write, data_set: &DataSet) -> Result<()> {
    writeln!(out, "\n{}: {}", data_set.format, data_set.what)?;
    writeln!(out, "  files    {} on GitHub, {}", data_set.repository, data_set.files)?;
    writeln!(out, "  licence  {}", data_set.licence)?;
    writeln!(out, "  name     {}", data_set.attribution)?;
    writeln!(out, "  becomes  {}", data_set.made)?;
    if let Some(before) = data_set.before {
        writeln!(out, "  before   {before}")?;
    }
    Ok(())
}

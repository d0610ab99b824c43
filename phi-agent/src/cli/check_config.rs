//! `phi-agent check-config`: what the settings come to, and where each comes from.

use std::path::PathBuf;

use super::exit::{self, Exit};
use super::path_or_nothing;
use super::run::{ignored_variables, sources};
use crate::proto::profile::Profile;
use crate::settings::{Key, Layer, ModelName, Settings, Sources, Surroundings, keys};

/// Where origins stand in a line that is not longer.
const ORIGIN_COLUMN: usize = 40;

#[derive(Debug, clap::Args)]
pub(super) struct CheckConfigArgs {
    /// Settings file; without one, what flags and PHI_* variables say
    #[arg(value_name = "FILE", env = "PHI_CONFIG", value_parser = path_or_nothing())]
    file: Option<PathBuf>,

    /// Print one JSON document: each setting with its value and where it comes from
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    flags: Layer,
}

pub(super) fn run(args: CheckConfigArgs) -> Exit {
    match text(args) {
        Ok(text) => exit::print(&text),
        Err(exit) => exit,
    }
}

fn text(args: CheckConfigArgs) -> Result<String, Exit> {
    let sources = sources(args.file.as_ref(), args.flags)?;
    let settings = sources.resolve(&Surroundings::here())?;
    let failed = |error: &dyn std::error::Error| Exit::Failed(error.to_string());
    if args.json {
        let json = json(&sources, &settings).map_err(|error| failed(&error))?;
        let json = serde_json::to_string_pretty(&json).map_err(|error| failed(&error))?;
        return Ok(json + "\n");
    }
    let values = toml::Table::try_from(&settings).map_err(|error| failed(&error))?;
    let line = |key: &Key| {
        let origin = sources.origin(&key.name, &settings);
        match values.get(&key.name) {
            Some(value) => {
                let setting = format!("{} = {value}", key.name);
                format!("{setting:ORIGIN_COLUMN$} # {origin}\n")
            }
            None => format!("# {}: {} ({origin})\n", key.name, unset(&key.name, &settings)),
        }
    };
    let (set, unset): (Vec<Key>, Vec<Key>) =
        keys().into_iter().partition(|key| values.contains_key(&key.name));
    let lines: String = set.iter().chain(&unset).map(line).collect();
    let patience = settings.patience()?;
    let sum = format!(
        "# So the silence of a member with this interval counts after {patience}, the tolerated \
         pause and 1.25 intervals.\n"
    );
    let ignored = ignored_variables().into_iter();
    let ignored = ignored.map(|name| format!("# {name} is no setting, and is ignored.\n"));
    Ok(lines + &sum + &ignored.collect::<String>())
}

/// What stands in place of a setting that has no value of its own.
fn unset(key: &str, settings: &Settings) -> String {
    let normal = settings.model == ModelName::Normal;
    let of_normal = |meaning: &str| {
        if normal { meaning.to_owned() } else { format!("{meaning}, with the model normal") }
    };
    match key {
        "advertise" => "where its datagrams come from".to_owned(),
        "threshold" if settings.false_alarms_per_day.is_some() => {
            "what false-alarms-per-day asks for".to_owned()
        }
        "threshold" => if normal { "8" } else { "2" }.to_owned(),
        "false-alarms-per-day" => "what the threshold gives".to_owned(),
        "tolerate-pause" => {
            let intervals = Profile::from(settings.profile).tolerated_intervals();
            format!("{intervals} intervals of each member")
        }
        "window" => of_normal("1000 intervals"),
        "min-std-dev" => of_normal("a quarter of each member's interval"),
        "acceptable-pause" => of_normal("2 intervals of each member"),
        _ => "none".to_owned(),
    }
}

fn json(sources: &Sources, settings: &Settings) -> serde_json::Result<serde_json::Value> {
    let values = serde_json::to_value(settings)?;
    let entry = |key: Key| {
        let value = values.get(&key.name).cloned().unwrap_or_default();
        let origin = sources.origin(&key.name, settings).to_string();
        (key.name, serde_json::json!({ "value": value, "from": origin }))
    };
    Ok(serde_json::Value::Object(keys().into_iter().map(entry).collect()))
}

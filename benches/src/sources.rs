//! What is replayed: included traces, files, synthetic worlds, and by whom.
//!
//! How files are read is the business of [`trace`](crate::trace).

use std::path::PathBuf;

use anyhow::{Result, bail};
use phi_bench::results::{Origin, TraceInfo};

use crate::contenders::{ALL, Entry};
use crate::family::family;
use crate::measure::Course;
use crate::trace::Trace;
use crate::worlds::World;

/// A course and where it is from.
pub(crate) struct Source {
    pub(crate) course: Course,
    pub(crate) origin: Origin,
}

impl Source {
    pub(crate) fn info(&self) -> TraceInfo {
        let trace = &self.course.trace;
        TraceInfo {
            name: trace.name.clone(),
            kind: trace.kind.clone(),
            family: family(&trace.name).to_owned(),
            origin: self.origin,
            period_s: trace.period.get() as f64 / 1e9,
            beats: self.course.beats,
            gaps: self.course.gaps,
        }
    }
}

/// The traces in `files`, then the `worlds`; if neither is named, the included traces.
///
/// # Errors
///
/// What is wrong with a file or a name; when two traces have the same name.
pub(crate) fn sources(files: &[PathBuf], worlds: &[World]) -> Result<Vec<Source>> {
    let mut traces: Vec<(Trace, Origin)> = Vec::new();
    if files.is_empty() && worlds.is_empty() {
        traces.extend(Trace::included()?.into_iter().map(|trace| (trace, Origin::Included)));
    }
    for file in files {
        traces.push((Trace::open(file)?, Origin::File));
    }
    traces.extend(worlds.iter().map(|world| (world.trace(), Origin::World)));
    let mut sources: Vec<Source> = Vec::with_capacity(traces.len());
    for (trace, origin) in traces {
        if sources.iter().any(|other| other.course.trace.name == trace.name) {
            bail!("two traces are named `{}`: give each its own `# name:`", trace.name);
        }
        sources.push(Source { course: Course::new(trace)?, origin });
    }
    Ok(sources)
}

/// The contenders of these names, or all if none is named; always with the constant timeout, which
/// comes first, as the others are compared with it.
///
/// # Errors
///
/// When there is none of a name.
pub(crate) fn contenders(names: &[String]) -> Result<Vec<&'static Entry>> {
    let known = |name: &String| ALL.iter().any(|entry| entry.about.name == name);
    if let Some(name) = names.iter().find(|name| !known(name)) {
        let known: Vec<&str> = ALL.iter().map(|entry| entry.about.name).collect();
        bail!("no contender is named `{name}`; there are {}", known.join(", "));
    }
    let is_wanted = |(number, entry): &(usize, &Entry)| {
        *number == 0 || names.is_empty() || names.iter().any(|name| name == entry.about.name)
    };
    Ok(ALL.iter().enumerate().filter(is_wanted).map(|(_, entry)| entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the constant is always there, and who is unknown is named with those that are known.
    #[test]
    fn contenders_are_chosen_by_name() {
        let names = |wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|&name| name.to_owned()).collect();
            contenders(&wanted).map(|e| e.iter().map(|e| e.about.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&["satzger"]).expect("known"), ["constant", "satzger"]);
        assert_eq!(names(&[]).expect("all").len(), ALL.len());
        let error = names(&["oracle"]).expect_err("unknown").to_string();
        assert!(error.contains("oracle") && error.contains("calibrated"), "{error}");
    }

    /// Goal: two traces of one name would be one in every table.
    #[test]
    fn names_of_traces_differ() {
        let world = World::parse("gamma").expect("known");
        let error = sources(&[], &[world, world]).map(|_| ()).expect_err("twice the same");
        assert!(error.to_string().contains("world_gamma_1"), "{error}");
    }
}

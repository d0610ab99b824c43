//! A report as one page, and its main picture as a file: what is in them, and their templates.
//!
//! Nothing is read or written here.

use anyhow::{Context as _, Result};
use minijinja::Environment;
use minijinja::value::Serde;
use phi_bench::results::{Made, Results};
use serde::Serialize;

use super::agents::{AgentResults, AgentsView};
use super::chart::Chart;
use super::figure::figure;
use super::losses::{Losses, losses};
use super::pictures;
use super::scale::thousands;
use super::series::{Series, series};
use super::tables::{Row, TraceRow, rows, traces};

/// The templates; what ends in `.html` is escaped.
const TEMPLATES: [(&str, &str); 5] = [
    ("page.html", include_str!("templates/page.html")),
    ("figure.html", include_str!("templates/figure.html")),
    ("chart.html", include_str!("templates/chart.html")),
    ("chart.css", include_str!("templates/chart.css")),
    ("page.css", include_str!("templates/page.css")),
];

/// What a template may use.
#[derive(Default, Serialize)]
struct Page {
    series: Vec<Series>,
    losses: Vec<Losses>,
    notes: Vec<String>,
    main: Option<Sizes>,
    calibration: Option<Sizes>,
    panels: Vec<Panel>,
    rates: Vec<String>,
    rows: Vec<Row>,
    traces: Vec<TraceRow>,
    agents: Vec<AgentsView>,
    made: Vec<Made>,
}

/// One picture for wide and one for narrow screens.
#[derive(Serialize)]
struct Sizes {
    wide: Chart,
    narrow: Chart,
}

/// A picture of one trace.
#[derive(Serialize)]
struct Panel {
    trace: PanelHead,
    chart: Chart,
}

#[derive(Serialize)]
struct PanelHead {
    name: String,
    kind: String,
}

/// The page of these results, as HTML.
pub(super) fn page(tradeoff: Option<&Results>, agents: &[AgentResults]) -> Result<String> {
    let mut page = tradeoff.map(of_tradeoff).unwrap_or_default();
    page.agents = agents.iter().map(AgentResults::view).collect();
    render("page.html", &page)
}

/// The main picture of these results, as SVG.
pub(super) fn picture(results: &Results) -> Result<String> {
    let series = series(&results.contenders);
    let chart = pictures::main(results, &series, false);
    render("figure.html", &figure(&chart, &series, &which(results)))
}

fn of_tradeoff(results: &Results) -> Page {
    let series = series(&results.contenders);
    let sizes = |draw: fn(&Results, &[Series], bool) -> Chart| Sizes {
        wide: draw(results, &series, false),
        narrow: draw(results, &series, true),
    };
    let panel = |(number, trace): (usize, &phi_bench::results::TraceInfo)| Panel {
        trace: PanelHead { name: trace.name.clone(), kind: trace.kind.clone() },
        chart: pictures::panel(results, &series, &trace.name, number),
    };
    let (rates, rows) = rows(results, &series);
    Page {
        losses: losses(results),
        notes: vec![which(results)],
        main: Some(sizes(pictures::main)),
        calibration: (!results.calibration.is_empty()).then(|| sizes(pictures::calibration)),
        panels: results.traces.iter().enumerate().map(panel).collect(),
        rates,
        rows,
        traces: traces(results, &series),
        agents: Vec::new(),
        made: vec![results.made.clone()],
        series,
    }
}

/// Which traces are shown, in a sentence: how many of what their names begin with.
fn which(results: &Results) -> String {
    const KINDS_MAX: usize = 5;
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for trace in &results.traces {
        let kind = trace.name.split('_').next().unwrap_or_default();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    if kinds.len() > KINDS_MAX {
        let rest = kinds.drain(KINDS_MAX - 1..).map(|(_, count)| count).sum();
        kinds.push(("others", rest));
    }
    let kinds = match kinds.as_slice() {
        [(kind, count)] if *count > 1 => format!("all {kind}"),
        kinds => {
            let each = kinds.iter().map(|(kind, count)| format!("{count} {kind}"));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    let beats: u64 = results.traces.iter().map(|trace| trace.beats).sum();
    let count = results.traces.len();
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} trace{plural}: {kinds}; {} heartbeats.", thousands(beats))
}

fn render(template: &str, context: &impl Serialize) -> Result<String> {
    let mut templates = Environment::new();
    for (name, text) in TEMPLATES {
        templates.add_template(name, text).with_context(|| name.to_owned())?;
    }
    let template = templates.get_template(template)?;
    Ok(template.render(Serde(context))?)
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample;
    use super::*;

    /// Goal: the page holds a line for every contender in every picture, names are escaped, nothing
    /// is loaded from elsewhere, and no figure is none.
    #[test]
    fn the_page_is_whole() {
        let results = sample();
        let text = page(Some(&results), &[]).expect("renders");
        for slug in ["s0", "s1", "s2"] {
            // In the main picture twice, in one panel, in the key; with promises twice more.
            let lines = text.matches(&format!("class=\"line {slug} ")).count();
            assert!(lines >= 4, "{slug}: {lines}");
        }
        assert!(text.contains("net&lt;1&gt;") && !text.contains("net<1>"));
        for wrong in ["NaN", "inf", "src=", "<script", "@import", "url(http"] {
            assert!(!text.contains(wrong), "{wrong}");
        }
        assert!(text.contains("Where ours loses"));
        assert!(text.contains("satzger needs 0.40"), "a loss is said");
    }

    /// Goal: the picture for the README is one SVG document, with its own ground for both schemes,
    /// and says which traces it shows.
    #[test]
    fn the_picture_stands_alone() {
        let text = picture(&sample()).expect("renders");
        assert!(text.starts_with("<svg xmlns=") && text.trim_end().ends_with("</svg>"));
        for part in ["prefers-color-scheme:dark", "class=\"ground\"", "1 trace: 1 net&lt;1&gt;"] {
            assert!(text.contains(part), "{part}");
        }
    }

    /// Goal: without a trade-off the page still shows agents, and without anything it is a page.
    #[test]
    fn parts_may_be_missing() {
        let text = page(None, &[]).expect("renders");
        assert!(text.contains("</html>") && !text.contains("<svg class=\"chart\""));
    }
}

//! `phi-agent demo`: a real cluster on this machine, a real kill, and what came of it.
//!
//! ```text
//! five agents start ▸ all see all ▸ one is killed ▸ another is paused ▸ the first comes back
//! ```

mod figures;
mod report;
mod stage;
mod view;

use std::time::Duration;

use super::exit::Exit;
use super::signal::EndSignals;
use crate::driver::clock;
use crate::settings::HumanDuration;
use figures::Marks;
use stage::{Stage, StageError};
use view::View;

/// Agents in the demo.
const AGENTS: usize = 5;
/// The one that is killed and started again.
const KILLED: usize = 3;
/// The one that is paused.
const PAUSED: usize = 1;

/// The limit for all scenes, of which a dozen seconds are needed.
const DEMO_MAX: Duration = Duration::from_secs(50);
/// The limit for each scene: far above what it takes.
const SCENE_MAX: Duration = Duration::from_secs(12);
/// How long the paused one sleeps.
const PAUSE: Duration = Duration::from_secs(1);
/// Time for detectors to learn, and to see that nothing happens, in heartbeats.
const CALM_BEATS: u32 = 6;

#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Time between heartbeats, 50ms to 1s; a death is seen within a part of one
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = interval)]
    interval: HumanDuration,

    /// Print nothing but one JSON document at the end
    #[arg(long)]
    json: bool,
}

/// An interval with which the demo takes less than a minute.
fn interval(text: &str) -> Result<HumanDuration, String> {
    let interval: HumanDuration =
        text.parse().map_err(|error: crate::settings::ParseValueError| error.to_string())?;
    let range = Duration::from_millis(50)..=Duration::from_secs(1);
    if range.contains(&interval.0) { Ok(interval) } else { Err("it must be 50ms to 1s".into()) }
}

pub(super) async fn run(args: &DemoArgs) -> Exit {
    let mut end = match EndSignals::catch() {
        Ok(end) => end,
        Err(error) => return Exit::Failed(format!("cannot catch signals: {error}")),
    };
    let mut stage = match Stage::new(args.interval) {
        Ok(stage) => stage,
        Err(error) => return Exit::Failed(error.to_string()),
    };
    let mut view = View::new(args.json);
    let played = tokio::select! {
        played = tokio::time::timeout(DEMO_MAX, play(&mut stage, &mut view, args.interval.0)) => {
            Some(played.unwrap_or(Err(StageError::TooSlow)))
        }
        _signal = end.first() => None,
    };
    let cleared = stage.clear().await;
    match (played, cleared) {
        (None, _) => Exit::Interrupted,
        (Some(Err(error)), _) | (Some(Ok(_)), Err(error)) => Exit::Failed(error.to_string()),
        (Some(Ok(marks)), Ok(())) => {
            let figures = figures::Figures::of(&stage.seen, &marks, AGENTS - 1);
            if view.finish(&figures).is_err() {
                return Exit::Failed("cannot write to standard output".to_owned());
            }
            match figures.shortfall() {
                None => Exit::Done,
                Some(shortfall) => Exit::Failed(shortfall),
            }
        }
    }
}

/// Plays all scenes. A scene that does not end within its limit is cut; the figures then show it.
async fn play(stage: &mut Stage, view: &mut View, beat: Duration) -> Result<Marks, StageError> {
    let others = AGENTS - 1;
    let started = clock::now();
    let opening =
        format!("Starting {AGENTS} agents on this machine, a heartbeat every {beat:?} each");
    view.scene(KILLED, &opening)?;
    for index in 0..AGENTS {
        stage.start(index).await?;
    }
    let mut marks = Marks::new(started, KILLED, PAUSED);
    stage.watch_until(view, SCENE_MAX, |seen| figures::full_view(seen, AGENTS)).await?;
    stage.watch_for(view, beat * CALM_BEATS).await?;

    view.scene(
        KILLED,
        &format!("\nKilling {} with SIGKILL: it says nothing any more", figures::name(KILLED)),
    )?;
    marks.killed = Some(stage.kill(KILLED).await?);
    let down = |seen: &[_]| figures::down_by(seen, &marks) >= others;
    stage.watch_until(view, SCENE_MAX, down).await?;

    view.scene(
        PAUSED,
        &format!("\nPausing {} for {PAUSE:?}: it sleeps, it is not dead", figures::name(PAUSED)),
    )?;
    marks.paused = Some(stage.pause(PAUSED)?);
    stage.watch_for(view, PAUSE).await?;
    stage.resume(PAUSED)?;
    stage.watch_for(view, beat * CALM_BEATS).await?;

    view.scene(
        KILLED,
        &format!("\nStarting {} again: the same member, in a new life", figures::name(KILLED)),
    )?;
    marks.restarted = Some(clock::now());
    stage.start(KILLED).await?;
    let back = |seen: &[_]| figures::back_by(seen, &marks) >= others;
    stage.watch_until(view, SCENE_MAX, back).await?;
    stage.watch_for(view, beat * 2).await?;
    Ok(marks)
}

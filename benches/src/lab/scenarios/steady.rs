//! Nothing happens: what it costs to watch.

use std::time::Duration;

use anyhow::Result;
use statrs::statistics::{Data, Max as _, OrderStatistics as _, Statistics as _};

use super::{set, set_false_downs};
use crate::lab::agent::Agent;
use crate::lab::clock::{monotonic_ns, seconds};
use crate::lab::measure::processes::{Memory, Usage, memory, usage};
use crate::lab::measure::traffic::{Sent, sent};
use crate::lab::results::{Metric, Trial};
use crate::lab::stand::Stand;

const TIME: Duration = Duration::from_secs(60);

pub(super) fn play(stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    let usages = |agents: &[Agent]| -> Result<Vec<Usage>> {
        agents.iter().map(|agent| usage(agent.pid())).collect()
    };
    let since_ns = monotonic_ns()?;
    let (sent_before, used_before) = (sent(stand.network)?, usages(&stand.agents)?);
    stand.watch(TIME)?;
    let (sent_after, used_after) = (sent(stand.network)?, usages(&stand.agents)?);
    let took_s = seconds(since_ns, monotonic_ns()?);

    let per_second = |count: fn(&Sent) -> u64| -> Vec<f64> {
        let more = sent_after.iter().filter(|(node, _)| **node <= stand.nodes);
        let more = more.map(|(node, after)| count(after) - sent_before.get(node).map_or(0, count));
        more.map(|more| more as f64 / took_s).collect()
    };
    let bytes = per_second(|sent| sent.bytes);
    set(trial, Metric::SentBytesMax, Data::new(bytes.clone()).max());
    set(trial, Metric::SentBytes, Data::new(bytes).median());
    set(trial, Metric::SentPackets, Data::new(per_second(|sent| sent.packets)).median());

    let per_minute = |count: fn(&Usage) -> u64| {
        let pairs = used_after.iter().zip(&used_before);
        let more = pairs.map(|(after, before)| count(after).saturating_sub(count(before)));
        more.map(|more| more as f64 / 1e9 * 60.0 / took_s).mean()
    };
    set(trial, Metric::Cpu, per_minute(|usage| usage.ran_ns));
    set(trial, Metric::RunDelay, per_minute(|usage| usage.waited_ns));
    let memories: Vec<Memory> =
        stand.agents.iter().map(|agent| memory(agent.pid())).collect::<Result<_>>()?;
    let mebibytes = |kib: fn(&Memory) -> u64| {
        let kib: Vec<f64> = memories.iter().map(|memory| kib(memory) as f64).collect();
        Data::new(kib).median() / 1_024.0
    };
    set(trial, Metric::Resident, mebibytes(|memory| memory.resident));
    set(trial, Metric::Proportional, mebibytes(|memory| memory.proportional));
    set_false_downs(stand, trial, (since_ns, u64::MAX), |_| false);
    Ok(())
}

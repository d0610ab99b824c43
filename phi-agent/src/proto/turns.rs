//! When in a beat which neighbour gets its heartbeat.
//!
//! If all got theirs at once, a stall just before would make all of them miss two. One after
//! another, one of K has heard of the node an interval over K ago, and vouches for it.

use std::time::Duration;

/// The turn of one more neighbour, from the beginning of a beat: the middle of the longest time in
/// which nobody has one, as beats follow each other. The turns of the others stay as they are.
pub(super) fn free_turn(mut taken: Vec<Duration>, interval: Duration) -> Duration {
    taken.sort_unstable();
    let Some(first) = taken.first().copied() else { return Duration::ZERO };
    taken.push(first + interval);
    let pauses = taken.windows(2).filter_map(|pair| match pair {
        [from, to] => Some((to.saturating_sub(*from), *from)),
        _ => None,
    });
    // Of equal ones the last: any would do, but it must be the same each time.
    let (pause, from) = pauses.max().unwrap_or_default();
    let turn = from + pause / 2;
    turn.checked_sub(interval).unwrap_or(turn) // it may be in the next beat
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ms(lengths: &[u64]) -> Vec<Duration> {
        lengths.iter().map(|length| Duration::from_millis(*length)).collect()
    }

    /// Goal: four neighbours get theirs a quarter of an interval apart, whoever comes when.
    #[test]
    fn turns_are_spread_evenly() {
        let mut taken = Vec::new();
        for _ in 0..4 {
            taken.push(free_turn(taken.clone(), SECOND));
        }
        taken.sort_unstable();
        assert_eq!(taken, ms(&[0, 250, 500, 750]));
    }

    /// Goal: whoever comes takes the place of who has gone, also around the end of a beat.
    #[test]
    fn a_gap_is_filled() {
        assert_eq!(free_turn(ms(&[0, 250, 750]), SECOND), ms(&[500])[0]);
        assert_eq!(free_turn(ms(&[250, 500, 750]), SECOND), Duration::ZERO);
        assert_eq!(free_turn(ms(&[400, 900]), SECOND), ms(&[150])[0]);
        assert_eq!(free_turn(ms(&[700]), SECOND), ms(&[200])[0]);
    }
}

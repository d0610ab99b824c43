//! Sizes: no datagram, no table and no burst of outputs beyond its bound.
//!
//! Sockets are bounded by the world; what finds no room is counted in the summary.

use super::Checker;
use crate::sim::history::What;
use crate::sim::process::{DATAGRAM_BYTES_MAX, TABLE_MAX};
use crate::sim::truth::Truth;

/// Outputs that one input may draw from a node that knows this many: it may tell everybody two
/// things and have a few words with the sender.
const fn outputs_max(hosts: usize) -> usize {
    64 + 4 * hosts
}

#[derive(Debug)]
pub(super) struct Sizes {
    outputs_max: usize,
}

impl Sizes {
    pub(super) const fn new(hosts: usize) -> Self {
        Self { outputs_max: outputs_max(hosts) }
    }
}

impl Checker for Sizes {
    fn name(&self) -> &'static str {
        "sizes"
    }

    fn look(&mut self, what: &What<'_>, _truth: &Truth, report: &mut dyn FnMut(String)) {
        match what {
            What::Turn { host, datagram_bytes, .. } if *datagram_bytes > DATAGRAM_BYTES_MAX => {
                report(format!("n{host} sends a datagram of {datagram_bytes} bytes"));
            }
            What::Turn { host, outputs, .. } if *outputs > self.outputs_max => {
                report(format!("n{host} answers one input with {outputs} outputs"));
            }
            What::Table { observer, rows, .. } if rows.len() > TABLE_MAX => {
                report(format!("n{observer} knows {} members", rows.len()));
            }
            What::Seen(_)
            | What::Aside { .. }
            | What::Nobody { .. }
            | What::Table { .. }
            | What::Own { .. }
            | What::Turn { .. }
            | What::Tick => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::checkers::stage::{FIRST, Stage};
    use crate::sim::history::Verdict;

    /// Goal: it bites on each of the three, and not at the bound.
    #[test]
    fn sizes_must_keep_their_bounds() {
        let mut stage = Stage::new(2, Sizes::new(2));
        let turn = |outputs, datagram_bytes| What::Turn { host: 0, outputs, datagram_bytes };
        stage.show(&turn(outputs_max(2), DATAGRAM_BYTES_MAX));
        stage.table(0, &vec![(1, Verdict::Alive, FIRST); TABLE_MAX]);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.show(&turn(outputs_max(2) + 1, 0)).show(&turn(0, DATAGRAM_BYTES_MAX + 1));
        stage.table(0, &vec![(1, Verdict::Alive, FIRST); TABLE_MAX + 1]);
        assert_eq!(stage.found.len(), 3, "{:?}", stage.found);
    }
}

//! Processes that take all processor time, ahead of everybody else's.

use anyhow::Result;

use crate::lab::helper::Helper;

/// Running burners; gone when they are dropped.
pub(crate) struct Burners {
    _processes: Vec<Helper>,
}

impl Burners {
    /// Starts `count` of them, at nice −20.
    pub(crate) fn start(count: usize) -> Result<Self> {
        let burn = || Helper::start(&["nice", "-n", "-20"], &["burn"]);
        let processes = (0..count).map(|_| burn()).collect::<Result<_>>()?;
        Ok(Self { _processes: processes })
    }
}

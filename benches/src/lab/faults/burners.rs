//! Processes that take all processor time, ahead of everybody else's but this program's own: it
//! must still see what agents say and when, and end the burners in time.

use std::fs;

use anyhow::{Context as _, Result};

use crate::lab::helper::Helper;
use crate::lab::tool;

/// The priority of burners, the highest there is for ordinary processes.
const NICE: &str = "-20";

/// Running burners; gone when they are dropped.
pub(crate) struct Burners {
    processes: Vec<Helper>,
}

impl Burners {
    /// Starts `count` of them.
    ///
    /// Whatever else is started before they are gone gets their priority.
    pub(crate) fn start(count: usize) -> Result<Self> {
        let mut burners = Self { processes: Vec::with_capacity(count) };
        set_own_priority(NICE)?;
        for _ in 0..count {
            burners.processes.push(Helper::start(&[], &["burn"])?);
        }
        Ok(burners)
    }

    /// An error if one of them burns no longer.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.processes.iter_mut().try_for_each(Helper::check)
    }
}

impl Drop for Burners {
    fn drop(&mut self) {
        self.processes.clear();
        // Root may always do that; if not, the next agents would run ahead of others as well.
        set_own_priority("0").ok();
    }
}

/// Sets the priority of all threads of this program.
fn set_own_priority(nice: &str) -> Result<()> {
    let mut arguments = vec!["-n".to_owned(), nice.to_owned(), "-p".to_owned()];
    for thread in fs::read_dir("/proc/self/task").context("/proc/self/task")? {
        arguments.push(thread?.file_name().to_string_lossy().into_owned());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    tool::run("renice", &arguments, "").map(|_| ())
}

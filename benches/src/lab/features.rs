//! What the kernel must be able to do, tried before the first trial.

use anyhow::{Error, Result};

use crate::lab::faults::filter::Filter;
use crate::lab::faults::queue;
use crate::lab::net::Network;
use crate::lab::requirements::Refusal;

/// Tries a random drop and a bandwidth queue on a network with one node at least.
///
/// # Errors
///
/// [`Refusal::NoFeature`].
pub(crate) fn probe(network: &Network) -> Result<()> {
    let lacks = |what| move |error| refuse(what, &error);
    drop(
        Filter::Loss { per_mille: 1 }
            .lay(network)
            .map_err(lacks("nftables on bridges (NF_TABLES_BRIDGE, NFT_NUMGEN)"))?,
    );
    drop(queue::Queue::new(network, 1).map_err(lacks("the queue tbf (NET_SCH_TBF)"))?);
    Ok(())
}

/// Why there is no network.
pub(crate) fn explain(error: &Error) -> Error {
    refuse("network namespaces or bridges (NET_NS, BRIDGE, VETH)", error)
}

fn refuse(what: &'static str, error: &Error) -> Error {
    Refusal::NoFeature { what, complaint: format!("{error:#}") }.into()
}

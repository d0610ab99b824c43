//! Which network a trace is of, by its name.
//!
//! Where one threshold is to serve all networks, each of them weighs the same, however many traces
//! there are of it.

/// Recordings whose traces have more in their names than the network.
const KNOWN: [&str; 2] = ["cicv5g", "starlink"];

/// The network: the first two parts of a trace's name, which `_` separates; of those that are known
/// the first.
pub(crate) fn family(name: &str) -> &str {
    let first = name.split('_').next().unwrap_or(name);
    if KNOWN.contains(&first) {
        return first;
    }
    let end = name.match_indices('_').nth(1).map_or(name.len(), |(end, _)| end);
    name.get(..end).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the networks of the recordings that figures are published for.
    #[test]
    fn networks_are_told_by_names() {
        for (name, network) in [
            ("veth_loss10_100ms", "veth_loss10"),
            ("veth_loss2_10ms", "veth_loss2"),
            ("cicv5g_urban_n78_v20_r1", "cicv5g"),
            ("lan_dish_20250313", "lan_dish"),
            ("lan_lidar", "lan_lidar"),
            ("starlink_isl_lagos", "starlink"),
            ("mine", "mine"),
        ] {
            assert_eq!(family(name), network);
        }
    }
}

//! Rows beyond what must be reached: each shows what one rule of the protocol is for.

use super::draft::{DEATH, Draft, STARVED, draft, figure, noticed};
use super::figures::{any_down, false_downs, suspected};
use super::{Figure, Goal, Reading};

/// One member is not heard by eleven others, and by twenty it is.
const ONE_WAY: &str =
    "fault = \"cut\"\nfor = \"60s\"\nfrom = [1]\nto = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]";

/// Half of all datagrams come once more, up to 20 s later, also those of the dead.
const COPIES: &str = "fault = \"late-copies\"\nshare = 0.5\nby = \"20s\"\n[[fault]]\nat = \"90s\"\n\
                      fault = \"host-death\"\ncount = 1";

/// One member wakes up to 4 s late, again and again.
const SLOW: &str = "fault = \"slow\"\nfor = \"60s\"\nnodes = [1]\nlate = \"4s\"";

/// One member stops for P less 0.65 s.
const PAUSE: &str = "fault = \"pause\"\nfor = \"2600ms\"\nnodes = [1]";

pub(super) fn rows() -> Vec<Draft> {
    let sum = |what, of| figure(what, Goal::Sum(0.0), Reading::Count(of));
    let unharmed = || vec![sum("false downs", false_downs)];
    let unsuspected: Vec<Figure> =
        vec![sum("false downs", false_downs), sum("suspected", suspected)];
    let starved =
        vec![figure("runs with a false down", Goal::Share(0.02), Reading::Count(any_down))];
    vec![
        Draft { loss: 0.4, ..draft("host-death-32-loss-40", 32, DEATH, noticed(3.75)) },
        Draft { length: 120, ..draft("late-copies-32", 32, COPIES, noticed(3.5)) },
        Draft { length: 150, ..draft("one-way-32", 32, ONE_WAY, unsuspected) },
        Draft {
            length: 150,
            ..draft("slow-one-32", 32, SLOW, vec![sum("suspected while it runs", suspected)])
        },
        Draft { length: 120, seeds: [400, 400], ..draft("starved-3", 3, STARVED, starved) },
        draft("pause-2600ms", 32, PAUSE, vec![sum("reported down", any_down)]),
        Draft { length: 3_600, loss: 0.4, ..draft("pair-loss-40", 2, "", unharmed()) },
    ]
}

//! Goal: what the protocol promises, in a world of virtual time and chosen faults.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use crate::world::{INTERVAL, World, addr, config, id};
use phi_agent::ident::Incarnation;
use phi_agent::proto::config::Config;
use phi_agent::proto::detection::Detection;
use phi_agent::proto::io::{Input, NotDrained, Output};
use phi_agent::proto::liveness::Liveness;
use phi_agent::proto::node::Node;
use phi_agent::proto::stats::DropReason;
use phi_agent::wire::Datagram;
use phi_agent::wire::header::Kind;
use phi_agent::wire::message::{Message, Refusal};
use phi_core::Timestamp;

const SECOND: Duration = Duration::from_secs(1);

fn assert_all_up(world: &World, members: &[u8]) {
    for (a, b) in members.iter().flat_map(|a| members.iter().map(move |b| (*a, *b))) {
        if a != b {
            assert_eq!(world.holds(a, b), Some(Liveness::Up), "{a} of {b}");
        }
    }
}

fn alarms(world: &World, observer: u8) -> usize {
    let events = world.host(observer).events.iter();
    events.filter(|event| matches!(event.liveness, Liveness::Suspect | Liveness::Down)).count()
}

/// Method: eight nodes know one seed; rumors bring the rest, within a few round trips.
#[test]
fn newcomers_meet_everybody_through_one_seed() {
    let mut world = World::new();
    for index in 1..=8 {
        world.start(index, config(index, 1), &[addr(1)]);
    }
    world.run(Duration::from_millis(1_100));
    assert_all_up(&world, &[1, 2, 3, 4, 5, 6, 7, 8]);
}

/// Method: forty nodes, more than one datagram can name.
#[test]
fn a_cluster_larger_than_a_datagram_meets() {
    let world = World::cluster(40);
    assert_all_up(&world, &(1..=40).collect::<Vec<_>>());
    let longest = world.transmissions.iter().map(|(_, _, bytes)| bytes.len()).max();
    assert!(longest <= Some(phi_agent::wire::DATAGRAM_BYTES_MAX), "{longest:?}");
}

/// Method: one of five is killed: suspect first, then down, at each of the others, and nobody else.
#[test]
fn a_killed_member_is_suspected_and_then_down_everywhere() {
    let mut world = World::cluster(5);
    world.kill(3);
    let killed = world.now;
    world.run(10 * SECOND);
    for observer in [1, 2, 4, 5] {
        let events = world.host(observer).events.iter();
        let story: Vec<_> = events.filter(|event| event.id == id(3)).collect();
        let states: Vec<_> = story.iter().map(|event| event.liveness).collect();
        assert_eq!(states, [Liveness::Up, Liveness::Suspect, Liveness::Down]);
        let [_, suspect, down] = &story[..] else { panic!("{story:?}") };
        assert!(suspect.phi.value() >= 2.0 && suspect.at > killed);
        assert_eq!(down.at, suspect.at.saturating_add(3 * INTERVAL), "unrefuted for 3 intervals");
        assert_eq!(alarms(&world, observer), 2);
    }
}

/// Method: no node wakes but for a heartbeat or a look at a seed; verdicts need no tick.
#[test]
fn an_idle_cluster_sends_one_heartbeat_an_interval_and_pair() {
    let mut world = World::cluster(4);
    world.transmissions.clear();
    world.run(100 * SECOND);
    let kinds = world.transmissions.iter().map(|(_, _, bytes)| Datagram::decode(bytes));
    let heartbeats = kinds
        .filter(|datagram| datagram.as_ref().is_ok_and(|d| d.message.kind() == Kind::Heartbeat));
    assert_eq!(heartbeats.count(), 100 * 4 * 3);
    let hellos = world.transmissions.len() - 100 * 4 * 3;
    assert!(hellos <= 21, "node 1 looks whether it still is its own seed: {hellos}");
}

/// Method: each datagram is delivered three times: nothing changes but a counter.
#[test]
fn duplicates_change_no_statistic() {
    let once = World::cluster(3);
    let mut world = World::new();
    world.copies = 3;
    for index in 1..=3 {
        world.start(index, config(index, 1), &[addr(1)]);
    }
    world.run(10 * SECOND);
    let link = |world: &World| {
        let member = world.host(1).node.members().next().expect("a member").clone();
        (member.link.detector.mean(), member.link.detector.std_dev(), member.link.detector.lost())
    };
    assert_eq!(link(&world), link(&once));
    let stats = world.host(1).node.stats();
    assert!(
        stats.dropped.get(&DropReason::Duplicate).is_some_and(|count| *count >= 36),
        "{stats:?}"
    );
}

/// Method: heartbeats taken off the wire are put in again, older ones after newer ones.
#[test]
fn late_heartbeats_feed_no_detector() {
    let mut world = World::cluster(2);
    world.transmissions.clear();
    world.partition(&[1], &[2], true);
    world.run(Duration::from_millis(2_100));
    world.partition(&[1], &[2], false);
    let from_2 = world.transmissions.iter().filter(|(from, _, _)| *from == addr(2));
    let held: Vec<Vec<u8>> = from_2.map(|(_, _, bytes)| bytes.clone()).collect();
    let [older, newer] = &held[..] else { panic!("two heartbeats, not {}", held.len()) };
    let samples = |world: &World| {
        let member = world.host(1).node.members().next().expect("a member");
        (member.link.detector.samples(), member.link.detector.last(), member.link.late)
    };
    world.deliver(1, addr(2), newer);
    let (count, last, _) = samples(&world);
    world.deliver(1, addr(2), older);
    assert_eq!(samples(&world), (count, last, 1));
}

/// Method: a pause of twenty seconds: taken for dead meanwhile, and back by a refutation.
#[test]
fn a_paused_member_comes_back_with_a_higher_incarnation_and_blames_nobody() {
    let mut world = World::cluster(4);
    world.pause(2, 20 * SECOND);
    world.run(15 * SECOND);
    for observer in [1, 3, 4] {
        assert_eq!(world.holds(observer, 2), Some(Liveness::Down));
    }
    world.run(7 * SECOND);
    assert_all_up(&world, &[1, 2, 3, 4]);
    assert_eq!(world.host(2).node.incarnation(), Incarnation { start: 1, refutation: 1 });
    assert_eq!(alarms(&world, 2), 0, "the pause was its own: {:?}", world.host(2).events);
}

/// Method: both halves take each other for dead, and find each other again by themselves.
#[test]
fn a_partition_heals_by_itself() {
    let mut world = World::cluster(6);
    world.partition(&[1, 2, 3], &[4, 5, 6], true);
    world.run(30 * SECOND);
    assert_eq!(world.holds(1, 4), Some(Liveness::Down));
    assert_all_up(&world, &[1, 2, 3]);
    world.partition(&[1, 2, 3], &[4, 5, 6], false);
    world.run(8 * SECOND);
    assert_all_up(&world, &[1, 2, 3, 4, 5, 6]);
}

/// Method: an agent starts again at once, before anybody misses it: one event, a new life.
#[test]
fn a_quick_restart_is_a_new_life_of_the_same_member() {
    let mut world = World::cluster(3);
    world.start(2, config(2, 2), &[addr(1)]);
    world.run(2 * SECOND);
    assert_all_up(&world, &[1, 2, 3]);
    let last = world.host(1).events.last().expect("an event");
    assert_eq!((last.liveness, last.id), (Liveness::Up, id(2)));
    assert_eq!(last.incarnation, Incarnation::of_start(2));
    assert_eq!(world.host(1).node.members().count(), 2);
}

/// Method: a process with an old state directory (a copy, a backup) tries to take over.
#[test]
fn an_older_life_is_not_let_in() {
    let mut world = World::cluster(3);
    world.start(2, config(2, 9), &[addr(1)]);
    world.run(2 * SECOND);
    world.start(4, Config { identity: config(2, 8).identity, ..config(4, 1) }, &[addr(1)]);
    world.run(5 * SECOND);
    let member = world.host(1).node.members().find(|member| member.id == id(2)).expect("known");
    assert_eq!(member.state.incarnation, Incarnation::of_start(9));
    assert_eq!(member.addr, addr(2));
    assert!(world.host(1).node.stats().dropped.contains_key(&DropReason::Stale));
    assert!(world.host(4).refusals.contains(&(addr(1), Refusal::OldIncarnation)), "and it is told");
}

/// Method: a second process with the very same identity, while the first is there.
#[test]
fn a_clone_is_refused_with_a_reason() {
    let mut world = World::cluster(3);
    world.start(4, Config { identity: config(2, 1).identity, ..config(4, 1) }, &[addr(1)]);
    world.run(3 * SECOND);
    assert!(world.host(4).refusals.contains(&(addr(1), Refusal::SameIdentity)));
    assert_all_up(&world, &[1, 2, 3]);
}

/// Method: a member that starts at another address is met there, and is the same member.
#[test]
fn a_member_may_come_back_at_another_address() {
    let mut world = World::cluster(3);
    world.kill(3);
    world.run(10 * SECOND);
    world.start(7, Config { identity: config(3, 2).identity, ..config(7, 1) }, &[addr(1)]);
    world.run(3 * SECOND);
    for observer in [1, 2] {
        let member = world.host(observer).node.members().find(|m| m.id == id(3)).expect("known");
        assert_eq!((member.state.liveness, member.addr), (Liveness::Up, addr(7)));
        assert_eq!(world.host(observer).node.members().count(), 2);
    }
    world.transmissions.clear();
    world.run(60 * SECOND);
    let to_old = world.transmissions.iter().filter(|(_, to, _)| *to == addr(3)).count();
    assert!(to_old <= 2, "the old address is given up: {to_old}");
}

/// Method: a member that others reach elsewhere says so: that address is passed on, the one that
/// its datagrams come from is answered.
#[test]
fn an_advertised_address_is_what_others_are_told() {
    let mut world = World::cluster(2);
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 7));
    world.start(3, config(3, 1).with_advertise(Some(elsewhere)), &[addr(1)]);
    world.run(3 * SECOND);
    assert_all_up(&world, &[1, 3]);
    let member = world.host(1).node.members().find(|m| m.id == id(3)).expect("known");
    assert_eq!(member.addr, elsewhere);
    let told =
        world.transmissions.iter().filter(|(from, to, _)| [*from, *to] == [addr(1), addr(2)]);
    let told = told.flat_map(|(_, _, bytes)| Datagram::decode(bytes));
    let told: Vec<Datagram> = told.collect();
    let heartbeats = told.iter().filter_map(|datagram| {
        if let Message::Heartbeat(heartbeat) = &datagram.message { Some(heartbeat) } else { None }
    });
    let mut rumors = heartbeats.flat_map(|heartbeat| heartbeat.rumors.as_slice());
    assert!(rumors.any(|rumor| (rumor.id, rumor.addr) == (id(3), elsewhere)));
}

/// Method: a leaver tells all, and has its confirmations in a round trip; deaf ones get 0.5 s.
#[test]
fn leaving_is_told_confirmed_and_never_taken_for_a_failure() {
    let mut world = World::cluster(4);
    let asked = world.now;
    world.leave(2);
    world.run(SECOND);
    let stopped = world.host(2).stopped.expect("it has stopped");
    assert!(stopped.saturating_since(asked).get() < 2_000_000, "a round trip");
    world.kill(2);
    world.run(60 * SECOND);
    for observer in [1, 3, 4] {
        assert_eq!(world.holds(observer, 2), Some(Liveness::Left));
        assert_eq!(alarms(&world, observer), 0);
    }
    world.partition(&[1], &[3, 4], true);
    let asked = world.now;
    world.leave(1);
    world.run(SECOND);
    let stopped = world.host(1).stopped.expect("it has stopped, too");
    assert_eq!(stopped, asked.saturating_add(Duration::from_millis(500)));
}

/// Method: two clusters share a network and a seed: refused with a reason, counted, not joined.
#[test]
fn another_cluster_is_refused_with_a_reason() {
    let mut world = World::cluster(2);
    let foreign = Config { cluster: "other".parse().expect("a name"), ..config(3, 1) };
    world.start(3, foreign, &[addr(1)]);
    world.run(5 * SECOND);
    assert!(world.host(3).refusals.contains(&(addr(1), Refusal::ForeignCluster)));
    assert_eq!(world.host(3).node.members().count(), 0);
    assert_eq!(world.host(1).node.members().count(), 1);
    assert!(world.host(1).node.stats().dropped.contains_key(&DropReason::ForeignCluster));
}

/// Method: the own address is a seed, another never answers: neither matters, both are kept.
#[test]
fn seeds_that_are_no_help_are_harmless_and_tried_for_ever() {
    let mut world = World::new();
    world.start(1, config(1, 1), &[addr(1), addr(9)]);
    world.run(3_600 * SECOND);
    assert_eq!(world.host(1).node.members().count(), 0);
    let hellos = world.transmissions.iter().filter(|(_, to, _)| *to == addr(9)).count();
    assert!((600..900).contains(&hellos), "about one each five seconds: {hellos}");
    world.start(9, config(9, 1), &[]);
    world.run(7 * SECOND);
    assert_all_up(&world, &[1, 9]);
}

/// Method: a table for two: a third is refused until somebody in it is gone.
#[test]
fn a_full_table_refuses_and_the_gone_make_room() {
    let mut world = World::new();
    world.start(1, Config { members_max: 2, ..config(1, 1) }, &[]);
    for index in 2..=4 {
        world.start(index, config(index, 1), &[addr(1)]);
        world.run(SECOND);
    }
    assert_eq!(world.holds(1, 4), None);
    assert!(world.host(4).refusals.contains(&(addr(1), Refusal::TableFull)));
    world.leave(2);
    world.run(SECOND);
    world.kill(2);
    world.run(10 * SECOND);
    assert_eq!((world.holds(1, 2), world.holds(1, 4)), (None, Some(Liveness::Up)));
}

/// Method: one way of one link is cut. The side that hears nothing suspects; the other refutes by
/// way of the heartbeats that it can still receive, but is not heard: it is down there only.
#[test]
fn a_one_way_cut_concerns_that_link_only() {
    let mut world = World::cluster(3);
    world.cuts.insert((addr(1), addr(2)));
    world.run(20 * SECOND);
    assert_eq!(world.holds(2, 1), Some(Liveness::Down));
    assert_eq!(world.holds(3, 1), Some(Liveness::Up));
    assert_eq!(world.holds(3, 2), Some(Liveness::Up));
    world.cuts.clear();
    world.run(8 * SECOND);
    assert_all_up(&world, &[1, 2, 3]);
}

/// Method: a second input before the first is drained.
#[test]
fn an_input_before_draining_is_refused() {
    let mut node = Node::new(config(1, 1), &[1; 32], Timestamp::ORIGIN);
    assert_eq!(node.handle(Input::Seeds(&[addr(2)]), Timestamp::ORIGIN), Ok(()));
    assert_eq!(
        node.handle(Input::Timer { network_read: true }, Timestamp::ORIGIN),
        Err(NotDrained)
    );
    while !matches!(node.poll_output(), Output::Timeout(_)) {}
    assert_eq!(node.handle(Input::Timer { network_read: true }, Timestamp::ORIGIN), Ok(()));
}

/// Method: time jumps back by five seconds, nodes are woken and hear their own past: nothing is
/// undone, and all goes on when time has caught up.
#[test]
fn time_that_goes_backwards_is_survived() {
    let mut world = World::cluster(2);
    let later = world.now;
    let from_2 =
        world.transmissions.iter().filter(|(from, to, _)| [*from, *to] == [addr(2), addr(1)]);
    let heard: Vec<Vec<u8>> = from_2.map(|(_, _, bytes)| bytes.clone()).collect();
    world.now = Timestamp::from_nanos(later.as_nanos() - 5_000_000_000);
    let silence =
        |world: &World| world.host(1).node.members().next().and_then(|m| m.link.detector.last());
    let before = silence(&world);
    for index in [1, 2] {
        world.wake(index);
    }
    for bytes in heard {
        world.deliver(1, addr(2), &bytes);
    }
    assert_eq!(silence(&world), before, "the past feeds nothing");
    world.run(10 * SECOND);
    assert_all_up(&world, &[1, 2]);
    assert_eq!(alarms(&world, 1) + alarms(&world, 2), 0);
}

/// Method: an observer stalls for 1.6 s out of every 3 s: it credits what it missed, no more, and
/// still finds a dead member out.
#[test]
fn an_observer_that_stalls_often_still_detects() {
    let mut world = World::cluster(3);
    world.kill(3);
    for _ in 0..20 {
        world.pause(1, Duration::from_millis(1_600));
        world.run(3 * SECOND);
    }
    assert_eq!(world.holds(1, 3), Some(Liveness::Down));
    assert_eq!(world.holds(1, 2), Some(Liveness::Up));
}

/// Method: a member that was evicted comes back in the same session: both count on, nothing flaps.
#[test]
fn an_evicted_member_is_met_again_as_if_new() {
    let mut world = World::new();
    world.start(1, Config { members_max: 1, ..config(1, 1) }, &[]);
    world.start(2, config(2, 1), &[addr(1)]);
    world.run(100 * SECOND);
    world.partition(&[1], &[2], true);
    world.run(20 * SECOND);
    world.start(3, config(3, 1), &[addr(1)]);
    world.run(2 * SECOND);
    assert_eq!((world.holds(1, 2), world.holds(1, 3)), (None, Some(Liveness::Up)));
    world.leave(3);
    world.run(SECOND);
    world.kill(3);
    world.partition(&[1], &[2], false);
    world.run(20 * SECOND);
    let alarms_before = alarms(&world, 2);
    world.run(60 * SECOND);
    assert_all_up(&world, &[1, 2]);
    assert_eq!(alarms(&world, 2), alarms_before, "its heartbeats are new ones");
}

/// Method: while one member waits for its last confirmation, an accusation reaches it.
#[test]
fn who_leaves_refutes_nothing() {
    let mut world = World::cluster(3);
    world.cuts.insert((addr(3), addr(2))); // the confirmation of 3 does not arrive
    let heartbeat = world.transmissions.iter().rev().find(|(from, to, bytes)| {
        let kind = Datagram::decode(bytes).map(|datagram| datagram.message.kind());
        [*from, *to] == [addr(2), addr(1)] && kind == Ok(Kind::Heartbeat)
    });
    let mut late = Datagram::decode(&heartbeat.expect("it beats").2).expect("legal");
    world.leave(2);
    world.run(Duration::from_millis(50));
    if let Message::Heartbeat(heartbeat) = &mut late.message {
        heartbeat.number += 1; // one that was under way when it left
    }
    world.deliver(1, addr(2), &late.encode().expect("fits"));
    world.run(5 * SECOND);
    assert_eq!(world.holds(1, 2), Some(Liveness::Left));
    assert_eq!(alarms(&world, 1), 0);
}

/// Method: a threshold that is reached at once: members are suspected when a heartbeat is due and
/// does not come, not at network speed.
#[test]
fn a_threshold_of_nothing_does_not_loop() {
    let mut world = World::new();
    let detection = Detection::default()
        .with_threshold(phi_core::Threshold::new(0.01).expect("legal"))
        .with_tolerated_pause(Duration::ZERO);
    for index in 1..=2 {
        world.start(index, Config { detection, ..config(index, 1) }, &[addr(1)]);
    }
    world.run(10 * SECOND);
    world.transmissions.clear();
    world.run(10 * SECOND);
    assert!(world.transmissions.len() < 200, "{}", world.transmissions.len());
}

/// Method: the same seeds twice, through a kill, a pause and a restart: the same bytes on the wire.
#[test]
fn the_same_seed_gives_the_same_trace() {
    let run = || {
        let mut world = World::cluster(5);
        world.kill(4);
        world.pause(2, 3 * SECOND);
        world.run(8 * SECOND);
        world.start(4, config(4, 2), &[addr(2)]);
        world.run(5 * SECOND);
        world.transmissions
    };
    assert_eq!(run(), run());
}

/// Method: everything that strangers can send draws no more bytes than it had, and no state.
#[test]
fn strangers_draw_no_more_than_they_send() {
    let mut world = World::cluster(2);
    world.transmissions.clear();
    world.run(10 * SECOND);
    let captured: BTreeSet<Vec<u8>> =
        std::mem::take(&mut world.transmissions).into_iter().map(|(_, _, bytes)| bytes).collect();
    let stranger = SocketAddr::from(([10, 9, 9, 9], 1));
    let mut hello = Datagram::decode(captured.iter().next().expect("captured")).expect("legal");
    hello.session = phi_agent::ident::SessionId::from_bits(77);
    for message in handshake_messages() {
        hello.message = message;
        world.transmissions.clear();
        let bytes = hello.encode().expect("fits");
        world.deliver(1, stranger, &bytes);
        let drawn: usize = world.transmissions.iter().map(|(_, _, bytes)| bytes.len()).sum();
        assert!(drawn <= bytes.len(), "{:?} drew {drawn} for {}", hello.message, bytes.len());
    }
    for bytes in captured {
        world.transmissions.clear();
        world.deliver(1, stranger, &bytes);
        let drawn: usize = world.transmissions.iter().map(|(_, _, bytes)| bytes.len()).sum();
        assert!(drawn <= bytes.len(), "replayed from elsewhere");
    }
    assert_eq!(world.host(1).node.members().count(), 1);
}

/// The handshake messages of a node that makes its proofs up.
fn handshake_messages() -> Vec<Message> {
    let mut world = World::new();
    for index in 1..=2 {
        world.start(index, config(index, 1), &[addr(1)]);
    }
    world.run(SECOND);
    let messages = world.transmissions.iter().map(|(_, _, bytes)| Datagram::decode(bytes));
    messages.flatten().map(|datagram| datagram.message).collect()
}

//! Goal: who comes, goes and comes back is met, remembered and let go, in a world of virtual time.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use crate::faults::{alarms, assert_all_up};
use crate::world::{World, addr, config, id};
use phi_agent::ident::Incarnation;
use phi_agent::proto::config::{Config, Observers};
use phi_agent::proto::io::{Change, Event, Input, NotDrained, Output};
use phi_agent::proto::link::Link;
use phi_agent::proto::liveness::Liveness;
use phi_agent::proto::node::Node;
use phi_agent::proto::stats::DropReason;
use phi_agent::wire::bounded::Labels;
use phi_agent::wire::header::Kind;
use phi_agent::wire::message::{Message, Refusal};
use phi_agent::wire::rumor::Rumor;
use phi_agent::wire::{DATAGRAM_BYTES_MAX, Datagram};
use phi_core::Timestamp;

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

/// The watch of host 1 over its first member.
fn link(world: &World) -> &Link {
    let member = world.host(1).node.members().next().expect("a member");
    member.link.as_deref().expect("watched")
}

/// Method: eight nodes know one seed: each knows all within two collections of newcomers and some
/// round trips, not within an interval.
#[test]
fn newcomers_meet_everybody_through_one_seed_at_once() {
    let mut world = World::new();
    for index in 1..=8 {
        world.start(index, config(index, 1), &[addr(1)]);
    }
    world.run(100 * MS);
    assert_all_up(&world, &[1, 2, 3, 4, 5, 6, 7, 8]);
}

/// Method: forty nodes and one seed: a table that takes several pages, learnt by all, each watched
/// by four to eight; in a minute nobody is blamed, and no datagram is too long.
#[test]
fn a_table_of_forty_is_learnt_through_one_seed() {
    let mut world = World::cluster(40);
    let all: Vec<u8> = (1..=40).collect();
    assert_all_up(&world, &all);
    world.run(50 * SECOND);
    for index in &all {
        let watched = world.host(*index).node.members().filter(|m| m.is_observed()).count();
        assert!((4..=8).contains(&watched), "{index} watches {watched}");
        let observers = world.host(*index).node.observers(id(*index));
        assert_eq!(observers.len(), watched, "watching is mutual");
        assert_eq!(world.host(7).node.observers(id(*index)), observers, "the same everywhere");
        assert_eq!(alarms(&world, *index), Vec::<&Event>::new());
    }
    let longest = world.transmissions.iter().map(|(_, _, bytes)| bytes.len()).max();
    assert!(longest <= Some(DATAGRAM_BYTES_MAX), "{longest:?}");
    let pages = world.transmissions.iter().flat_map(|(_, _, bytes)| Datagram::decode(bytes));
    assert!(pages.filter(|datagram| datagram.message.kind() == Kind::Page).count() >= 2);
}

/// Method: twenty idle members for a hundred seconds: each sends one heartbeat to each of its
/// neighbours an interval, as many as the rings say, and nothing but the look at the seed besides.
#[test]
fn an_idle_cluster_sends_only_heartbeats_to_its_neighbours() {
    let mut world = World::cluster(20);
    world.transmissions.clear();
    world.run(100 * SECOND);
    let mut sent: BTreeMap<SocketAddr, usize> = BTreeMap::new();
    let mut hellos = 0;
    let mut bytes_sent = 0;
    for (from, to, bytes) in &world.transmissions {
        bytes_sent += bytes.len();
        let kind = Datagram::decode(bytes).expect("legal").message.kind();
        if kind == Kind::Heartbeat {
            *sent.entry(*from).or_default() += 1;
        } else {
            assert_eq!((kind, *to), (Kind::Hello, addr(1)), "from {from}");
            hellos += 1;
        }
    }
    for index in 1..=20 {
        let degree = world.host(index).node.observers(id(index)).len();
        assert!((4..=8).contains(&degree));
        let beats = sent.get(&addr(index)).copied();
        assert_eq!(beats, Some(100 * degree), "{index} with {degree} neighbours");
    }
    assert!(hellos <= 25, "node 1 looks whether it still is its own seed: {hellos}");
    let per_node = bytes_sent / 100 / 20;
    assert!(per_node < 5 * 75, "five neighbours, 75 bytes: {per_node} B/s");
}

/// Method: each datagram is delivered three times: nothing changes but counters.
#[test]
fn duplicates_change_nothing_but_counters() {
    let once = World::cluster(3);
    let mut world = World::new();
    world.copies = 3;
    for index in 1..=3 {
        world.start(index, config(index, 1), &[addr(1)]);
    }
    world.run(10 * SECOND);
    assert_all_up(&world, &[1, 2, 3]);
    let learnt = |world: &World| {
        let detector = &link(world).detector;
        (detector.mean(), detector.std_dev(), detector.lost())
    };
    assert_eq!(learnt(&world), learnt(&once));
    assert!(link(&world).duplicates >= 16, "two copies of each heartbeat");
    for index in 1..=3 {
        assert_eq!(alarms(&world, index), Vec::<&Event>::new());
        let events = |world: &World| world.host(index).events.len();
        assert_eq!(events(&world), events(&once), "nothing is told twice");
    }
}

/// Method: all that member 2 ever sent is sent again, from its address and from another's: no
/// event, no change of what is learnt.
#[test]
fn replays_are_harmless() {
    let mut world = World::cluster(3);
    let from_2 = world.transmissions.iter().filter(|(from, _, _)| *from == addr(2));
    let all: Vec<Vec<u8>> = from_2.map(|(_, _, bytes)| bytes.clone()).collect();
    let before = (link(&world).detector.samples(), world.host(1).events.len());
    for bytes in all {
        world.deliver(1, addr(2), &bytes);
        world.deliver(1, addr(3), &bytes);
    }
    assert_eq!((link(&world).detector.samples(), world.host(1).events.len()), before);
    world.run(20 * SECOND);
    assert_all_up(&world, &[1, 2, 3]);
    assert_eq!(alarms(&world, 1), Vec::<&Event>::new());
}

/// Method: heartbeats taken off the wire are put in again, the older one after the newer one.
#[test]
fn late_heartbeats_feed_no_detector() {
    let mut world = World::cluster(2);
    world.transmissions.clear();
    world.partition(&[1], &[2], true);
    world.run(2_100 * MS);
    world.partition(&[1], &[2], false);
    let from_2 = world.transmissions.iter().filter(|(from, _, _)| *from == addr(2));
    let held: Vec<Vec<u8>> = from_2
        .filter(|(_, _, bytes)| {
            Datagram::decode(bytes).is_ok_and(|d| d.message.kind() == Kind::Heartbeat)
        })
        .map(|(_, _, bytes)| bytes.clone())
        .collect();
    let [older, newer] = &held[..] else { panic!("two heartbeats, not {}", held.len()) };
    let samples = |world: &World| {
        let link = link(world);
        (link.detector.samples(), link.detector.last(), link.late)
    };
    world.deliver(1, addr(2), newer);
    let (count, last, late) = samples(&world);
    world.deliver(1, addr(2), older);
    assert_eq!(samples(&world), (count, last, late + 1));
}

/// Method: a member whose state directory was put back (it was in its ninth start, it believes that
/// this is its third) is told, goes on after the life that is known, and is up.
#[test]
fn a_counter_that_was_put_back_is_stepped_over() {
    let mut world = World::cluster(3);
    world.start(2, config(2, 9), &[addr(1)]);
    world.run(2 * SECOND);
    world.kill(2);
    world.run(5 * SECOND);
    assert_eq!(world.holds(1, 2), Some(Liveness::Down));
    world.start(2, config(2, 3), &[addr(1)]);
    world.run(2 * SECOND);
    assert!(world.host(2).refusals.iter().any(|(_, why)| *why == Refusal::OldIncarnation));
    assert_all_up(&world, &[1, 2, 3]);
    let incarnation = world.host(2).node.incarnation();
    assert_eq!(incarnation.start, 10, "{incarnation}");
    for observer in [1, 3] {
        let member = world.host(observer).node.members().find(|m| m.id == id(2)).expect("known");
        assert_eq!(member.state.incarnation, incarnation);
    }
}

/// Method: a member lost its state and moved while all but one, who need not be its neighbour, lost
/// theirs: they take it for new, in the start that the one holds for dead. Each is the one in turn.
#[test]
fn one_who_remembers_is_enough_for_a_forgotten_start() {
    let (rest, moved) = ([1, 2, 3, 4, 5, 6], 8);
    for remembers in rest {
        let mut world = World::cluster(7);
        world.power_off(7);
        world.run(10 * SECOND);
        assert_eq!(world.holds(remembers, 7), Some(Liveness::Down));
        let others: Vec<u8> = rest.into_iter().filter(|index| *index != remembers).collect();
        world.partition(&[remembers], &others, true);
        for index in &others {
            world.start(*index, config(*index, 2), &[addr(others[0])]);
        }
        world.run(10 * SECOND);
        world.partition(&[remembers], &others, false);
        world.run(30 * SECOND);
        assert_all_up(&world, &rest);
        world.start(moved, config(7, 1), &[addr(others[0])]);
        world.run(10 * SECOND);
        for observer in rest {
            let held = world.holds(observer, 7);
            assert_eq!(held, Some(Liveness::Up), "{observer} of 7, which {remembers} remembers");
        }
    }
}

/// Method: a full table, in which only who is gone makes room, is never over its bound; a member
/// that was pushed out and comes back in the same session counts on, and nothing flaps.
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
    assert_all_up(&world, &[1, 2]);
    let alarms_before = alarms(&world, 2).len();
    world.run(60 * SECOND);
    assert_all_up(&world, &[1, 2]);
    assert_eq!(alarms(&world, 2).len(), alarms_before, "its heartbeats are new ones");
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
    let gossip = told.filter_map(|datagram| {
        if let Message::Gossip(gossip) = datagram.message { Some(gossip.rumors) } else { None }
    });
    let rumors = gossip.flat_map(|rumors| rumors.as_slice().to_vec());
    let mut presences = rumors.filter_map(|rumor| {
        if let Rumor::Presence(presence) = rumor {
            Some((presence.id, presence.addr))
        } else {
            None
        }
    });
    assert!(presences.any(|told| told == (id(3), elsewhere)));
}

/// Method: one of five leaves: it ends when two have confirmed, all know within the same
/// milliseconds, and it is never taken for a failure; who is cut off says good-bye for half an
/// interval.
#[test]
fn leaving_is_confirmed_and_never_taken_for_a_failure() {
    let mut world = World::cluster(5);
    let asked = world.now;
    world.leave(2);
    world.run(SECOND);
    let stopped = world.host(2).stopped.expect("it has stopped");
    assert!(stopped.saturating_since(asked).get() < 2_000_000, "a round trip");
    world.kill(2);
    world.run(60 * SECOND);
    for observer in [1, 3, 4, 5] {
        assert_eq!(world.holds(observer, 2), Some(Liveness::Left));
        assert_eq!(alarms(&world, observer), Vec::<&Event>::new());
        let left = world.host(observer).events.last().expect("an event");
        assert!(left.at.saturating_since(asked).get() < 3_000_000, "{observer}: {left:?}");
    }
    world.partition(&[1], &[3, 4, 5], true);
    let asked = world.now;
    world.leave(1);
    world.run(SECOND);
    let stopped = world.host(1).stopped.expect("it has stopped, too");
    assert_eq!(stopped, asked.saturating_add(500 * MS));
}

/// Method: a third of twelve leaves in one instant and ends: all are left, nobody is missed.
#[test]
fn many_may_leave_at_once() {
    let mut world = World::cluster(12);
    let leavers = [2, 5, 8, 11];
    for leaver in leavers {
        world.leave(leaver);
    }
    world.run(SECOND);
    for leaver in leavers {
        assert!(world.host(leaver).stopped.is_some());
        world.kill(leaver);
    }
    world.run(20 * SECOND);
    for observer in (1..=12).filter(|index| !leavers.contains(index)) {
        for leaver in leavers {
            assert_eq!(world.holds(observer, leaver), Some(Liveness::Left), "{observer}");
        }
        assert_eq!(alarms(&world, observer), Vec::<&Event>::new());
    }
}

/// Method: a leaver whose confirmations are lost for a while is still heard of by a heartbeat that
/// was under way: it does not come back by that.
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
    world.run(50 * MS);
    if let Message::Heartbeat(heartbeat) = &mut late.message {
        heartbeat.number += 1; // one that was under way when it left
    }
    world.deliver(1, addr(2), &late.encode().expect("fits"));
    world.run(5 * SECOND);
    assert_eq!(world.holds(1, 2), Some(Liveness::Left));
    assert_eq!(alarms(&world, 1), Vec::<&Event>::new());
}

/// Method: a member says that it restarts, is away for four seconds, and is back in its next life:
/// one word of it, no alarm. Another one says the same and does not come back: it is missed.
#[test]
fn a_planned_restart_raises_no_alarm() {
    let mut world = World::cluster(5);
    let asked = world.now;
    world.restart(2, 6 * SECOND);
    world.run(SECOND);
    assert!(world.host(2).stopped.is_some());
    world.kill(2);
    world.run(3 * SECOND);
    for observer in [1, 3, 4, 5] {
        assert_eq!(world.holds(observer, 2), Some(Liveness::Up), "it is expected back");
    }
    world.start(2, config(2, 2), &[addr(1)]);
    world.run(10 * SECOND);
    assert_all_up(&world, &[1, 2, 3, 4, 5]);
    for observer in [1, 3, 4, 5] {
        assert_eq!(alarms(&world, observer), Vec::<&Event>::new());
        let events = world.host(observer).events.iter().filter(|event| event.at >= asked);
        let restarting =
            events.filter(|event| event.change == Change::Restarting { within: 6 * SECOND });
        assert_eq!(restarting.count(), 1, "{observer}");
        let back = world
            .host(observer)
            .events
            .iter()
            .filter(|event| (event.change, event.incarnation.start) == (Change::Restarted, 2));
        assert_eq!(back.count(), 1, "{observer} is told that it is back");
    }
    world.restart(3, 2 * SECOND);
    world.run(SECOND);
    world.kill(3);
    world.run(6 * SECOND);
    for observer in [1, 2, 4, 5] {
        assert_eq!(world.holds(observer, 3), Some(Liveness::Down), "{observer}");
    }
}

/// Method: the member that watches says for how long another may be away, counting down, and no
/// longer once it is back.
#[test]
fn a_restart_counts_down() {
    let mut world = World::cluster(3);
    let left = |world: &World| {
        let mut members = world.host(1).node.members();
        members.find(|member| member.id == id(2)).expect("a member").excused(world.now)
    };
    assert_eq!(left(&world), None);
    world.restart(2, 6 * SECOND);
    world.run(SECOND);
    world.kill(2);
    world.run(SECOND);
    let away = left(&world).expect("it restarts");
    assert!(away > 3 * SECOND && away <= 4 * SECOND + MS, "{away:?}");
    world.start(2, config(2, 2), &[addr(1)]);
    world.run(SECOND);
    assert_eq!((left(&world), world.holds(1, 2)), (None, Some(Liveness::Up)));
}

/// Method: half of a cluster has another number of observers, as while an operator changes it on
/// one host after the other: nobody is blamed in a minute, and a dead host is known to all.
#[test]
fn observers_may_be_changed_host_by_host() {
    let mut world = World::new();
    let all: Vec<u8> = (1..=12).collect();
    for index in &all {
        let observers = Observers::new(if *index <= 6 { 4 } else { 8 }).expect("legal");
        let config = Config { observers, ..config(*index, 1) };
        world.start(*index, config, &[addr(1)]);
    }
    world.run(60 * SECOND);
    assert_all_up(&world, &all);
    for index in &all {
        assert_eq!(alarms(&world, *index), Vec::<&Event>::new());
    }
    for dead in [3, 9] {
        world.power_off(dead);
        world.run(10 * SECOND);
        for index in all.iter().filter(|index| ![3, dead].contains(index)) {
            assert_eq!(world.holds(*index, dead), Some(Liveness::Down), "{index} of {dead}");
        }
    }
}

/// Method: what an operator says of a member reaches one that has never spoken with it, and another
/// word after a restart replaces it.
#[test]
fn labels_are_known_everywhere() {
    let mut world = World::cluster(12);
    let labels = |rack: &str| {
        let labels = BTreeMap::from([("rack".parse().expect("a key"), rack.to_owned())]);
        Labels::new(labels).expect("legal")
    };
    for (start, rack) in [(1, "a"), (2, "b")] {
        world.start(13, config(13, start).with_labels(labels(rack)), &[addr(1)]);
        world.run(5 * SECOND);
        for index in 1..=12 {
            let mut members = world.host(index).node.members();
            let seen = members.find(|member| member.id == id(13)).expect("a member");
            assert_eq!(seen.labels, labels(rack), "{index}");
        }
        world.leave(13);
        world.run(2 * SECOND);
        world.kill(13);
    }
}

/// Method: a fourth member has the name of the second: both stay, and each member says so.
#[test]
fn a_name_taken_twice_is_told() {
    let mut world = World::cluster(3);
    let mut twin = config(4, 1);
    twin.identity.name = config(2, 1).identity.name;
    world.start(4, twin, &[addr(1)]);
    world.run(2 * SECOND);
    assert_all_up(&world, &[1, 2, 3, 4]);
    for observer in [1, 3] {
        let taken =
            world.host(observer).events.iter().filter(|event| {
                event.id == id(4) && event.change == Change::NameTaken { by: id(2) }
            });
        assert_eq!(taken.count(), 1, "{observer}");
    }
    let own = world.host(2).events.iter().filter(|event| event.change.as_str() == "name-taken");
    assert_eq!(own.count(), 1, "the second learns that its own name is taken");
}

/// Method: a node starts again without seeds, but with what its last process remembered; addresses
/// where nobody is are given up.
#[test]
fn remembered_addresses_lead_back_and_are_given_up() {
    let mut world = World::cluster(4);
    let remembered = world.host(3).remembered.clone();
    let others: BTreeSet<SocketAddr> = [1, 2, 4].map(addr).into();
    assert_eq!(remembered.iter().copied().collect::<BTreeSet<_>>(), others);
    world.kill(3);
    world.run(5 * SECOND);
    world.start(3, config(3, 2), &[]);
    world.remind(3, &remembered);
    world.run(SECOND);
    assert_all_up(&world, &[1, 2, 3, 4]);

    let mut world = World::new();
    world.start(1, config(1, 1), &[]);
    world.remind(1, &[addr(9)]);
    world.run(60 * SECOND);
    assert_eq!(world.transmissions.len(), 10, "ten hellos, and no more");
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
    let before = link(&world).detector.last();
    for index in [1, 2] {
        world.wake(index);
    }
    for bytes in heard {
        world.deliver(1, addr(2), &bytes);
    }
    assert_eq!(link(&world).detector.last(), before, "the past feeds nothing");
    world.run(10 * SECOND);
    assert_all_up(&world, &[1, 2]);
    assert_eq!(alarms(&world, 1).len() + alarms(&world, 2).len(), 0);
}

/// Method: an agent starts again at once, before anybody misses it: the same member in a new life,
/// and no alarm.
#[test]
fn a_quick_restart_is_a_new_life_of_the_same_member() {
    let mut world = World::cluster(3);
    world.start(2, config(2, 2), &[addr(1)]);
    world.run(2 * SECOND);
    assert_all_up(&world, &[1, 2, 3]);
    for observer in [1, 3] {
        let member = world.host(observer).node.members().find(|m| m.id == id(2)).expect("known");
        assert_eq!(member.state.incarnation, Incarnation::of_start(2));
        assert_eq!(world.host(observer).node.members().count(), 2);
        assert_eq!(alarms(&world, observer), Vec::<&Event>::new());
    }
}

/// Method: a second process with the very same identity, while the first is there; also after the
/// first has refuted that it is down, by which it is in a later incarnation than the second.
#[test]
fn a_clone_is_refused_with_a_reason() {
    for pause in [Duration::ZERO, 5 * SECOND] {
        let mut world = World::cluster(3);
        world.pause(2, pause);
        world.run(pause + SECOND);
        let first = world.host(2).node.incarnation();
        assert_eq!(first.refutation > 0, !pause.is_zero());
        world.start(4, Config { identity: config(2, 1).identity, ..config(4, 1) }, &[addr(1)]);
        world.run(3 * SECOND);
        let refusals = &world.host(4).refusals;
        assert!(refusals.contains(&(addr(1), Refusal::SameIdentity)), "{first}: {refusals:?}");
        assert_eq!(world.host(2).node.incarnation(), first);
        assert_all_up(&world, &[1, 2, 3]);
    }
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

/// Method: three nodes, every datagram arrives twice; one listens to another for ten seconds.
#[test]
fn who_listens_hears_each_heartbeat_once() {
    let mut world = World::cluster(3);
    world.copies = 2;
    world.run(5 * SECOND);
    assert!(world.host(1).heard.is_empty(), "nobody listens");
    world.listen(1, &[id(2)]);
    world.run(10 * SECOND);
    let heard = std::mem::take(&mut world.host_mut(1).heard);
    let numbers: Vec<u64> = heard.iter().map(|heard| heard.number).collect();
    assert!((9..=11).contains(&numbers.len()), "one a second: {numbers:?}");
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    assert!(heard.iter().all(|heard| heard.id == id(2) && heard.interval.get() == SECOND));
    world.listen(1, &[]);
    world.run(5 * SECOND);
    assert!(world.host(1).heard.is_empty(), "nobody listens any more");
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

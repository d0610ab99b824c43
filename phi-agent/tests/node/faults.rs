//! Goal: who is gone is found out, who is there is not blamed, in a world of virtual time and of
//! chosen faults.

use std::time::Duration;

use crate::world::{INTERVAL, World, addr, config, id};
use phi_agent::ident::Incarnation;
use phi_agent::proto::config::Config;
use phi_agent::proto::detection::Detection;
use phi_agent::proto::io::{Change, Event};
use phi_agent::proto::link::Fault;
use phi_agent::proto::liveness::Liveness;
use phi_core::Timestamp;

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

pub(crate) fn assert_all_up(world: &World, members: &[u8]) {
    for (a, b) in members.iter().flat_map(|a| members.iter().map(move |b| (*a, *b))) {
        if a != b {
            assert_eq!(world.holds(a, b), Some(Liveness::Up), "{a} of {b}");
        }
    }
}

/// Events in which `observer` calls somebody suspect or down.
pub(crate) fn alarms(world: &World, observer: u8) -> Vec<&Event> {
    let events = world.host(observer).events.iter();
    events
        .filter(|event| matches!(event.liveness, Liveness::Suspect | Liveness::Down))
        .filter(|event| event.change == Change::State)
        .collect()
}

/// What `observer` said of `subject` from `since` on.
fn story(world: &World, observer: u8, subject: u8, since: Timestamp) -> Vec<&Event> {
    let events = world.host(observer).events.iter();
    events.filter(|event| event.id == id(subject) && event.at >= since).collect()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    Duration::from(to.saturating_since(from)).as_secs_f64()
}

/// When `observer` called `subject` down, in seconds after `since`.
fn down_after(world: &World, observer: u8, subject: u8, since: Timestamp) -> f64 {
    let story = story(world, observer, subject, since);
    let down = story.iter().find(|event| event.liveness == Liveness::Down);
    assert!(down.is_some(), "{observer} does not miss {subject}: {story:?}");
    down.map_or(f64::INFINITY, |down| seconds(since, down.at))
}

/// Method: one of three to twelve is killed, its host lives: the refusals of the host tell all.
#[test]
fn a_killed_process_is_down_everywhere_within_a_second() {
    for count in [3, 5, 8, 12] {
        let mut world = World::cluster(count);
        world.kill(3);
        let killed = world.now;
        world.run(10 * SECOND);
        for observer in (1..=count).filter(|index| *index != 3) {
            let after = down_after(&world, observer, 3, killed);
            assert!(after <= 1.0, "{observer} of {count} takes {after} s");
            assert!(alarms(&world, observer).iter().all(|event| event.id == id(3)));
            let story = story(&world, observer, 3, killed);
            assert!(story.iter().all(|event| event.change == Change::State), "{story:?}");
        }
        assert!(world.host(1).node.stats().refusals > 0, "it was told so by the host");
    }
}

/// Method: one of five disappears with its host, at ten times of an interval: suspect first, then
/// down by a majority, a patience after the last heartbeat that anybody got.
#[test]
fn a_host_that_loses_its_power_is_suspect_then_down_by_a_majority() {
    for offset in 0..10 {
        let mut world = World::cluster(5);
        world.run(offset * 100 * MS);
        world.power_off(3);
        let died = world.now;
        world.run(10 * SECOND);
        for observer in [1, 2, 4, 5] {
            let after = down_after(&world, observer, 3, died);
            assert!((2.2..=3.5).contains(&after), "{observer} takes {after} s");
            let states: Vec<_> =
                story(&world, observer, 3, died).iter().map(|event| event.liveness).collect();
            assert_eq!(states, [Liveness::Suspect, Liveness::Down], "{observer}");
            assert_eq!(alarms(&world, observer).len(), 2, "nobody else is blamed");
        }
        assert_eq!(world.host(1).node.stats().refusals, 0);
    }
}

/// Method: a stop of two seconds, at ten times of an interval, in clusters of three and six.
#[test]
fn a_pause_of_two_seconds_is_reported_by_nobody() {
    for (count, offset) in [3, 6].into_iter().flat_map(|count| (0..10).map(move |k| (count, k))) {
        let mut world = World::cluster(count);
        world.run(offset * 100 * MS);
        world.pause(2, 2 * SECOND);
        world.run(10 * SECOND);
        for observer in 1..=count {
            assert_eq!(alarms(&world, observer), Vec::<&Event>::new(), "{observer} of {count}");
        }
        assert_eq!(world.host(2).node.incarnation(), Incarnation::of_start(1));
        assert_eq!(world.host(2).node.stats().stalls, 1, "the pause did happen");
    }
}

/// Method: a stop of five seconds: reported by all; back at all within 10 ms of its end, in a
/// higher incarnation, and the one that was stopped blames nobody.
#[test]
fn a_pause_of_five_seconds_is_reported_and_refuted_at_once() {
    let mut world = World::cluster(5);
    let paused = world.now;
    world.pause(2, 5 * SECOND);
    world.run(4_990 * MS);
    for observer in [1, 3, 4, 5] {
        assert_eq!(world.holds(observer, 2), Some(Liveness::Down), "{observer}");
    }
    world.run(20 * MS);
    assert_all_up(&world, &[1, 2, 3, 4, 5]);
    let incarnation = world.host(2).node.incarnation();
    assert!(incarnation > Incarnation::of_start(1) && incarnation.start == 1, "{incarnation}");
    world.run(10 * SECOND);
    assert_eq!(alarms(&world, 2), Vec::<&Event>::new(), "the pause was its own");
    for observer in [1, 3, 4, 5] {
        let back = story(&world, observer, 2, paused);
        let ups = back.iter().filter(|event| event.liveness == Liveness::Up).count();
        assert_eq!(ups, 1, "it comes back once: {back:?}");
    }
}

/// Method: of two, one loses its power, later another one only its process: nobody can agree, and
/// the event says so; only a refusal of the host is quick.
#[test]
fn two_members_say_that_nobody_confirms() {
    let mut world = World::cluster(2);
    world.power_off(2);
    let died = world.now;
    world.run(10 * SECOND);
    let after = down_after(&world, 1, 2, died);
    assert!((3.9..=5.6).contains(&after), "silence alone decides late: {after} s");
    let last = world.host(1).events.last().expect("an event");
    assert_eq!((last.id, last.change), (id(2), Change::Unconfirmed));
    assert!(world.host(1).node.members().all(|member| member.unconfirmed));

    let mut world = World::cluster(2);
    world.kill(2);
    let killed = world.now;
    world.run(10 * SECOND);
    let after = down_after(&world, 1, 2, killed);
    assert!(after <= 1.5, "two refusals: {after} s");
    assert!(world.host(1).events.iter().any(|event| event.change == Change::Unconfirmed));
}

/// Method: of three, one is cut off: the two declare it down, it says of itself that it is isolated
/// and blames nobody; joined again all are up.
#[test]
fn who_is_alone_among_three_says_isolated_and_blames_nobody() {
    let mut world = World::cluster(3);
    world.partition(&[1], &[2, 3], true);
    let cut = world.now;
    world.run(20 * SECOND);
    assert_eq!(alarms(&world, 1), Vec::<&Event>::new());
    let own = story(&world, 1, 1, cut);
    let changes: Vec<_> = own.iter().map(|event| event.change).collect();
    assert_eq!(changes, [Change::Isolated]);
    assert!(seconds(cut, own[0].at) < 3.25, "before anybody would be accused");
    assert!(world.host(1).node.is_isolated());
    for observer in [2, 3] {
        assert!(down_after(&world, observer, 1, cut) <= 3.5);
        assert!(!world.host(observer).node.is_isolated());
    }
    world.partition(&[1], &[2, 3], false);
    world.run(2 * SECOND);
    assert_all_up(&world, &[1, 2, 3]);
    assert!(!world.host(1).node.is_isolated());
    let last = story(&world, 1, 1, cut).last().map(|event| event.change);
    assert_eq!(last, Some(Change::Connected));
}

/// Method: halves of six and of twenty are cut from each other for half a minute: each declares the
/// other down, none itself; a second after the cut ends nobody holds anybody for down.
#[test]
fn a_partition_heals_by_itself_within_a_second() {
    for count in [6, 20] {
        let all: Vec<u8> = (1..=count).collect();
        let (left, right) = all.split_at(usize::from(count) / 2);
        let mut world = World::cluster(count);
        world.partition(left, right, true);
        world.run(30 * SECOND);
        for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b))) {
            assert_eq!(world.holds(a, b), Some(Liveness::Down), "{a} of {b}");
            assert_eq!(world.holds(b, a), Some(Liveness::Down), "{b} of {a}");
        }
        assert_all_up(&world, left);
        assert_all_up(&world, right);
        world.partition(left, right, false);
        world.run(SECOND);
        assert_all_up(&world, &all);
        let healed = world.now;
        world.run(20 * SECOND);
        for observer in &all {
            let late = alarms(&world, *observer).into_iter().filter(|event| event.at > healed);
            assert_eq!(late.count(), 0, "no echo of old verdicts at {observer} of {count}");
        }
    }
}

/// Method: one way of one link is cut, and a third member hears both: nobody is down; the two say
/// what is wrong with their link, and that it has healed.
#[test]
fn a_one_way_cut_is_a_fault_of_the_link_and_nobody_is_down() {
    let mut world = World::cluster(3);
    world.cuts.insert((addr(1), addr(2)));
    let cut = world.now;
    world.run(20 * SECOND);
    for observer in [1, 2, 3] {
        let down = alarms(&world, observer);
        assert!(down.iter().all(|event| event.liveness != Liveness::Down), "{down:?}");
    }
    let changes = |world: &World, observer, subject| -> Vec<Change> {
        story(world, observer, subject, cut).iter().map(|event| event.change).collect()
    };
    assert!(changes(&world, 2, 1).contains(&Change::Link(Some(Fault::NotHeard))));
    assert!(changes(&world, 1, 2).contains(&Change::Link(Some(Fault::NotHearing))));
    assert!(changes(&world, 3, 1).is_empty() && changes(&world, 3, 2).is_empty());
    world.cuts.clear();
    world.run(3 * SECOND);
    assert_all_up(&world, &[1, 2, 3]);
    assert_eq!(changes(&world, 2, 1).last(), Some(&Change::Link(None)));
    assert_eq!(changes(&world, 1, 2).last(), Some(&Change::Link(None)));
}

/// Method: one of five sends nothing any more, then, in another world, hears nothing: it is down at
/// the four, and blames none of them.
#[test]
fn a_mute_and_a_deaf_member_are_down_and_blame_nobody() {
    for mute in [true, false] {
        let mut world = World::cluster(5);
        let ways = (1..=5)
            .filter(|index| *index != 3)
            .map(|other| if mute { (addr(3), addr(other)) } else { (addr(other), addr(3)) });
        world.cuts.extend(ways);
        let broken = world.now;
        world.run(10 * SECOND);
        for observer in [1, 2, 4, 5] {
            let after = down_after(&world, observer, 3, broken);
            let limit = if mute { 3.5 } else { 5.0 };
            assert!(after <= limit, "mute {mute}: {observer} takes {after} s");
            assert!(alarms(&world, observer).iter().all(|event| event.id == id(3)));
        }
        let blamed = alarms(&world, 3);
        assert!(blamed.iter().all(|event| event.liveness != Liveness::Down), "{mute}: {blamed:?}");
    }
}

/// Method: a member and all that watch it lose their power together: the rest takes over.
#[test]
fn a_member_is_missed_that_dies_with_all_its_observers() {
    let mut world = World::cluster(16);
    let observers = world.host(1).node.observers(id(1));
    let dead: Vec<u8> =
        (1..=16).filter(|index| *index == 1 || observers.contains(&id(*index))).collect();
    assert!(dead.len() >= 5, "it was watched by four or more: {dead:?}");
    for index in &dead {
        world.power_off(*index);
    }
    let died = world.now;
    world.run(15 * SECOND);
    for observer in (1..=16).filter(|index| !dead.contains(index)) {
        let after = down_after(&world, observer, 1, died);
        assert!(after <= 4.6, "{observer} takes {after} s");
        assert!(
            alarms(&world, observer)
                .iter()
                .all(|event| { dead.iter().any(|index| id(*index) == event.id) })
        );
    }
}

/// Method: an observer stalls for 1.6 s out of every 3 s: it credits what it missed, no more, and
/// still finds a dead member out.
#[test]
fn an_observer_that_stalls_often_still_detects() {
    let mut world = World::cluster(3);
    world.power_off(3);
    for _ in 0..20 {
        world.pause(1, 1_600 * MS);
        world.run(3 * SECOND);
    }
    assert_eq!(world.holds(1, 3), Some(Liveness::Down));
    assert_eq!(world.holds(1, 2), Some(Liveness::Up));
    assert!(world.host(1).node.stats().stalls >= 20);
}

/// Method: a threshold that is reached at once and no tolerated pause: a member is accused when a
/// heartbeat is due and does not come, not at network speed.
#[test]
fn a_threshold_of_nothing_does_not_loop() {
    let mut world = World::new();
    let detection = Detection::default()
        .with_threshold(phi_core::Threshold::new(0.01).expect("legal"))
        .with_tolerated_pause(Duration::ZERO);
    for index in 1..=3 {
        world.start(index, Config { detection, ..config(index, 1) }, &[addr(1)]);
    }
    world.run(10 * SECOND);
    world.transmissions.clear();
    world.run(10 * INTERVAL);
    assert!(world.transmissions.len() < 300, "{}", world.transmissions.len());
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
    let trace = run();
    assert!(trace.len() > 300, "there is something to compare");
    assert_eq!(run(), trace);
}

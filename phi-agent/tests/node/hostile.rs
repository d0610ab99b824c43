//! Goal: a node survives whatever members and strangers send it, within its bounds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::faults::{alarms, assert_all_up};
use crate::world::{World, addr, config, id};
use phi_agent::ident::{Incarnation, NodeId, SessionId};
use phi_agent::proto::config::Config;
use phi_agent::proto::io::Event;
use phi_agent::proto::liveness::Liveness;
use phi_agent::proto::stats::DropReason;
use phi_agent::wire::Datagram;
use phi_agent::wire::bounded::{Interval, Labels, List};
use phi_agent::wire::message::{
    Digest, Echo, Gossip, Heartbeat, Hello, Join, Leave, Message, Page, Pull, Relay,
};
use phi_agent::wire::rumor::{Accusation, Finding, Grounds, Presence, Rumor};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);
const FIRST: Incarnation = Incarnation::of_start(1);

fn session_of(world: &World, index: u8) -> SessionId {
    world.sessions.get(&addr(index)).copied().expect("it has sent something")
}

/// Bytes that member `index` could have sent.
fn from_member(world: &World, index: u8, message: Message) -> Vec<u8> {
    let session = session_of(world, index);
    Datagram { session, sequence: 1 << 40, message }.encode().expect("fits")
}

fn heartbeat(incarnation: Incarnation, number: u64) -> Heartbeat {
    Heartbeat {
        incarnation,
        number,
        sent_us: u64::MAX,
        interval: interval(),
        echo: Some(Echo { sent_us: u64::MAX, held_us: u64::MAX }),
        accused: None,
        stall_us: u64::MAX,
        hello: false,
        table: 0,
        rumors: List::first_of([]),
    }
}

fn interval() -> Interval {
    Interval::new(SECOND).expect("in range")
}

/// Member `index` tells host 1 `rumors`.
fn tell(world: &mut World, index: u8, rumors: Vec<Rumor>) {
    let gossip = Gossip { incarnation: FIRST, rumors: List::first_of(rumors) };
    let bytes = from_member(world, index, Message::Gossip(gossip));
    world.deliver(1, addr(index), &bytes);
}

fn accusation(subject: u8, round: u64) -> Rumor {
    let (subject, grounds) = (id(subject), Grounds::Refused);
    Rumor::Accusation(Accusation { subject, incarnation: FIRST, round, grounds })
}

/// A member that does not exist.
fn nobody(number: u32) -> Presence {
    Presence {
        id: NodeId::from_bits(u128::from(number) << 64),
        name: "nobody".parse().expect("a name"),
        addr: SocketAddr::new([11, 0, 0, 1].into(), u16::try_from(number % 60_000).unwrap_or(1)),
        session: SessionId::from_bits(u128::from(number) << 64),
        incarnation: FIRST,
        interval: interval(),
        labels: Labels::default(),
        placed: FIRST,
        finding: Finding::Alive,
    }
}

/// Method: garbage of each kind, counted by its reason and nothing else.
#[test]
fn bad_datagrams_are_counted_by_reason() {
    let mut world = World::cluster(2);
    let good =
        from_member(&world, 2, Message::Leave(Leave { incarnation: FIRST, back_within_us: None }));
    let mut sealed = good.clone();
    sealed[5] = 9;
    for (bytes, reason) in [
        (vec![], DropReason::Short),
        (vec![0; 2_000], DropReason::Oversize),
        (vec![7; 40], DropReason::Version),
        ([&[0xF1, 99][..], &[0; 40]].concat(), DropReason::Kind),
        (sealed, DropReason::KeyId),
        ([&good[..], &[1]].concat(), DropReason::Body),
    ] {
        world.deliver(1, addr(2), &bytes);
        let stats = world.host(1).node.stats();
        assert_eq!(stats.dropped.get(&reason), Some(&1), "{reason:?}: {stats:?}");
    }
    world.deliver(1, addr(9), &good);
    assert_eq!(world.host(1).node.stats().dropped.get(&DropReason::Unproven), Some(&1));
    assert_eq!(world.holds(1, 2), Some(Liveness::Up));
}

/// Method: a member claims that another is dead, in the only ways there are; nobody believes it.
#[test]
fn no_member_can_speak_for_another() {
    let mut world = World::cluster(3);
    let ends =
        Message::Leave(Leave { incarnation: Incarnation::of_start(99), back_within_us: None });
    let forged = from_member(&world, 2, ends);
    world.deliver(1, addr(3), &forged); // the session of 2 from the address of 3
    world.deliver(1, addr(2), &forged); // a life of 2 that never began
    assert_eq!(world.holds(1, 2), Some(Liveness::Up));
    assert_eq!(world.holds(1, 3), Some(Liveness::Up));
    assert!(world.host(1).node.stats().dropped.contains_key(&DropReason::Stale));
}

/// Method: a member says, in each way there is, that another one is gone, to one that hears that
/// one: it is asked, and stays.
#[test]
fn a_liar_does_not_remove_who_is_heard() {
    let mut world = World::cluster(5);
    for round in 0..50 {
        let accusation = accusation(3, 1 << 32 | round);
        let found = [Finding::Down, Finding::Left].map(|finding| Rumor::Found {
            id: id(3),
            incarnation: FIRST,
            finding,
        });
        let notice = Rumor::Notice { id: id(3), incarnation: FIRST };
        tell(&mut world, 2, [accusation, notice].into_iter().chain(found).collect());
        world.run(Duration::from_millis(300));
        assert_ne!(world.holds(1, 3), Some(Liveness::Down), "round {round}");
        assert_ne!(world.holds(1, 3), Some(Liveness::Left), "round {round}");
    }
    world.run(10 * SECOND);
    assert_all_up(&world, &[1, 2, 3, 4, 5]);
    assert!(alarms(&world, 1).iter().all(|event| event.liveness == Liveness::Suspect));
}

/// Method: accusations of a node at incarnations past, present and to come, to the ends of their
/// numbers: it is above what others may hold it for, however they came to that, a step at a time.
#[test]
fn whatever_a_node_is_said_to_be_it_steps_over() {
    let mut world = World::cluster(2);
    let accuse = |world: &mut World, start, refutation| {
        let incarnation = Incarnation { start, refutation };
        let (subject, grounds) = (id(1), Grounds::Silent);
        let accusation = Accusation { subject, incarnation, round: 1 << 32 | 1, grounds };
        tell(world, 2, vec![Rumor::Accusation(accusation)]);
        let is = world.host(1).node.incarnation();
        (is.start, is.refutation)
    };
    let wait = |world: &mut World| world.run(Duration::from_millis(100));
    assert_eq!(accuse(&mut world, 1, 0), (1, 1));
    assert_eq!(accuse(&mut world, 1, 0), (1, 1), "refuted already");
    assert_eq!(accuse(&mut world, 1, 1), (1, 1), "too soon after the last refutation");
    wait(&mut world);
    assert_eq!(accuse(&mut world, 1, 1), (1, 2));
    wait(&mut world);
    assert_eq!(accuse(&mut world, 1, u32::MAX - 1), (1, u32::MAX));
    wait(&mut world);
    assert_eq!(accuse(&mut world, 1, u32::MAX), (2, 0), "the next start, as there is nothing else");
    wait(&mut world);
    assert_eq!(accuse(&mut world, 1 << 32, 7), ((1 << 32) + 1, 0));
    wait(&mut world);
    assert_eq!(accuse(&mut world, u64::MAX, 0), ((1 << 32) + 1, 0), "nobody believes that");
    world.run(SECOND);
    let held = world.host(2).node.members().next().expect("a member").state;
    assert_eq!(held.incarnation, world.host(1).node.incarnation());
}

/// Members in a cluster of this size are not all neighbours: these see nothing of 1 themselves.
fn strangers_to_1(world: &World, count: u8) -> Vec<u8> {
    let watching = world.host(1).node.observers(id(1));
    let strangers: Vec<u8> = (2..=count).filter(|index| !watching.contains(&id(*index))).collect();
    assert!(strangers.len() > 2, "{strangers:?}");
    strangers
}

/// Member `liar` tells host `to` one rumor.
fn tell_one(world: &mut World, liar: u8, to: u8, rumor: Rumor) {
    let gossip = Gossip { incarnation: FIRST, rumors: List::first_of([rumor]) };
    let bytes = from_member(world, liar, Message::Gossip(gossip));
    world.deliver(to, addr(liar), &bytes);
}

/// Method: one word to a member that does not hear node 1, in each way that there is: that it is
/// dead or alive in lives that it never had. All agree again, and node 1 is up, by itself.
#[test]
fn one_lie_about_a_stranger_does_not_stay() {
    let far = |refutation| Incarnation { start: 1, refutation };
    let later = |start| Presence {
        id: id(1),
        name: "n1".parse().expect("a name"),
        incarnation: Incarnation::of_start(start),
        placed: Incarnation::of_start(start),
        ..nobody(77)
    };
    let lies = [
        Rumor::Notice { id: id(1), incarnation: far(70_000) },
        Rumor::Notice { id: id(1), incarnation: far(u32::MAX) },
        Rumor::Found { id: id(1), incarnation: far(5), finding: Finding::Alive },
        Rumor::Found { id: id(1), incarnation: far(u32::MAX), finding: Finding::Alive },
        Rumor::Found { id: id(1), incarnation: far(3), finding: Finding::Down },
        Rumor::Found { id: id(1), incarnation: far(3), finding: Finding::Left },
        Rumor::Presence(Box::new(later(2))),
        Rumor::Presence(Box::new(later(60_000))),
        Rumor::Presence(Box::new(later(u64::MAX - 1))),
    ];
    for (number, lie) in lies.into_iter().enumerate() {
        let mut world = World::cluster(10);
        let strangers = strangers_to_1(&world, 10);
        tell_one(&mut world, strangers[0], strangers[1], lie);
        world.run(10 * SECOND);
        assert_all_up(&world, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        let is = world.host(1).node.incarnation();
        for observer in 2..=10 {
            let member = world.host(observer).node.members().find(|member| member.id == id(1));
            let held = member.expect("known").state.incarnation;
            assert_eq!(held, is, "lie {number}: {observer} of 1");
        }
        world.power_off(1);
        world.run(10 * SECOND);
        for observer in 2..=10 {
            assert_eq!(world.holds(observer, 1), Some(Liveness::Down), "lie {number}: {observer}");
        }
    }
}

/// Method: a member takes back, in ever later rounds, what it never said of node 1, and says that
/// it restarts: its death is found out all the same.
#[test]
fn nobody_takes_back_for_others() {
    let mut world = World::cluster(10);
    let strangers = strangers_to_1(&world, 10);
    let liar = strangers[0];
    for to in (2..=10).filter(|to| *to != liar) {
        for round in [9, 1 << 32 | 9, u64::MAX] {
            tell_one(&mut world, liar, to, Rumor::Retraction { subject: id(1), round });
        }
        let (id, within_us) = (id(1), u64::MAX);
        tell_one(&mut world, liar, to, Rumor::Restarting { id, incarnation: FIRST, within_us });
    }
    world.run(SECOND);
    world.power_off(1);
    world.run(15 * SECOND);
    for observer in 2..=10 {
        assert_eq!(world.holds(observer, 1), Some(Liveness::Down), "{observer} of 1");
    }
}

/// Method: a member that no neighbour's news reaches is told that node 1, which it does not watch,
/// is gone: it asks node 1 itself before its time to answer is over, and does not believe it; nor
/// if it stalls meanwhile, so that it asks late.
#[test]
fn who_hears_of_no_refutation_asks_for_it() {
    for stall in [Duration::ZERO, Duration::from_millis(1_600)] {
        asks_before_it_believes(stall);
    }
}

fn asks_before_it_believes(stall: Duration) {
    let mut world = World::cluster(40);
    let strangers = strangers_to_1(&world, 40);
    let told = *strangers.first().expect("some");
    let watched = world.host(told).node.observers(id(told));
    let mut others: Vec<u8> = (2..=40).filter(|index| *index != told).collect();
    let teller = others.iter().position(|index| !watched.contains(&id(*index))).expect("one");
    let teller = others.swap_remove(teller);
    world.partition(&[told], &others, true);
    tell_one(&mut world, teller, told, Rumor::Notice { id: id(1), incarnation: FIRST });
    assert_eq!(world.host(1).node.incarnation(), FIRST, "nobody told it");
    world.pause(told, stall);
    world.run(stall + Duration::from_millis(1_100));
    assert!(world.host(1).node.incarnation() > FIRST, "it was asked");
    world.partition(&[told], &others, false);
    world.run(10 * SECOND);
    assert_eq!(alarms(&world, told), Vec::<&Event>::new());
}

/// Method: a newcomer begins to watch the far side of a partition while it lasts, hears it for the
/// first time when it ends, and is told by it that node 1, of its own side, is gone: it does not
/// believe it.
#[test]
fn who_is_heard_for_the_first_time_after_a_partition_tells_no_news() {
    let mut world = World::cluster(40);
    let far: Vec<u8> = (2..=40).collect();
    world.partition(&[1], &far, true);
    world.run(SECOND);
    let newcomers: Vec<u8> = (41..=50).collect();
    world.partition(&newcomers, &far, true);
    for index in &newcomers {
        world.start(*index, config(*index, 1), &[addr(1)]);
    }
    world.run(2 * SECOND);
    let watched_by_1 = world.host(1).node.observers(id(1));
    let told = newcomers.iter().copied().find(|index| !watched_by_1.contains(&id(*index)));
    let told = told.expect("a newcomer that does not watch node 1");
    let watched = world.host(told).node.observers(id(told));
    let watches = |index: &&u8| watched.contains(&id(**index));
    let teller = *far.iter().find(watches).expect("a neighbour beyond");
    assert_eq!(world.holds(told, 1), Some(Liveness::Up));
    world.partition(&newcomers, &far, false);
    let gone = Rumor::Found { id: id(1), incarnation: FIRST, finding: Finding::Down };
    tell_one(&mut world, teller, told, gone);
    assert_eq!(world.holds(told, 1), Some(Liveness::Up));
}

/// Method: a node is told time and again that it is down: it still accuses who dies.
#[test]
fn nobody_is_kept_from_accusing() {
    let mut world = World::cluster(4);
    world.power_off(3);
    let mut found_after = None;
    for tenth in 0..150 {
        for to in [1, 2] {
            let incarnation = world.host(to).node.incarnation();
            tell_one(&mut world, 4, to, Rumor::Notice { id: id(to), incarnation });
        }
        world.run(100 * Duration::from_millis(1));
        if world.holds(1, 3) == Some(Liveness::Down) {
            found_after.get_or_insert(tenth);
        }
    }
    assert!(found_after.is_some_and(|tenth| tenth < 120), "{found_after:?}");
}

/// Method: for ten seconds, a thousand times a second, a member accuses another of ten, then the
/// node itself, always in a new round: what the node and the cluster send is bounded by time, not
/// by the flood, and the flood kills nobody.
#[test]
fn a_flood_of_accusations_is_not_amplified() {
    let mut world = World::cluster(10);
    world.run(SECOND);
    let mut idle: BTreeMap<SocketAddr, usize> = BTreeMap::new();
    world.transmissions.clear();
    world.run(10 * SECOND);
    for (from, _, _) in std::mem::take(&mut world.transmissions) {
        *idle.entry(from).or_default() += 1;
    }
    for round in 0..10_000_u64 {
        let (subject, refutation) = if round % 2 == 0 { (3, 0) } else { (1, round / 2) };
        let refutation = u32::try_from(refutation).expect("small");
        let (subject, round) = (id(subject), 1 << 32 | round);
        let incarnation = Incarnation { start: 1, refutation };
        let grounds = Grounds::Refused;
        let accusation = Accusation { subject, incarnation, round, grounds };
        tell(&mut world, 2, vec![Rumor::Accusation(accusation)]);
        world.run(Duration::from_millis(1));
    }
    let sent_by_1 = world.transmissions.iter().filter(|(from, _, _)| *from == addr(1));
    let idle_1 = idle.get(&addr(1)).copied().unwrap_or(0);
    // Ten refutations a second to six neighbours and the teller, and as many vouches.
    let answers = sent_by_1.clone().filter(|(_, to, _)| *to != addr(2)).count();
    assert!(answers <= idle_1 + 10 * 10 * 9 * 2, "{answers} against {idle_1} when idle");
    assert!(sent_by_1.count() <= answers + 10_000 + 500, "no more than one word each to the liar");
    world.run(10 * SECOND);
    assert_all_up(&world, &(1..=10).collect::<Vec<_>>());
    for observer in 1..=10 {
        let down = alarms(&world, observer);
        assert!(down.iter().all(|event| event.liveness != Liveness::Down), "{observer}: {down:?}");
    }
}

/// Method: a member accuses in ever new rounds, and takes back what was never said, a hundred times
/// in a second: nobody passes it on, and what is answered is bounded by time.
#[test]
fn claims_are_passed_on_by_nobody() {
    let mut world = World::cluster(10);
    world.transmissions.clear();
    for round in 0..100_u64 {
        let subject = NodeId::from_bits(round.into());
        let retraction = Rumor::Retraction { subject, round: 1 << 32 | round };
        tell(&mut world, 2, vec![accusation(3, 1 << 32 | round), retraction]);
        world.run(Duration::from_millis(10));
    }
    let sent = world.transmissions.len();
    // Idle, ten members with five neighbours each send 50 in this second; one vouches each 0.2 s,
    // to the accuser and the electorate.
    assert!(sent <= 50 + 5 * 5 + 20, "{sent} datagrams for a hundred");
}

/// Method: one word that a member restarts within no time at all: it is told to each once.
#[test]
fn a_restart_of_no_length_does_not_circle() {
    let mut world = World::cluster(4);
    world.transmissions.clear();
    tell(&mut world, 2, vec![Rumor::Restarting { id: id(3), incarnation: FIRST, within_us: 0 }]);
    world.run(100 * Duration::from_millis(1));
    assert!(world.transmissions.len() < 30, "{}", world.transmissions.len());
}

/// Method: a thousand accusations of the node itself in one instant draw one refutation to each
/// neighbour, and one word to the teller for each.
#[test]
fn refutations_do_not_run_at_network_speed() {
    let mut world = World::cluster(10);
    world.transmissions.clear();
    for refutation in 0..1_000 {
        let incarnation = Incarnation { start: 1, refutation };
        let (subject, round) = (id(1), 1 << 32 | u64::from(refutation));
        let grounds = Grounds::Deaf;
        let accusation = Accusation { subject, incarnation, round, grounds };
        tell(&mut world, 2, vec![Rumor::Accusation(accusation)]);
    }
    world.run(SECOND / 1_000);
    assert_eq!(world.host(1).node.incarnation(), Incarnation { start: 1, refutation: 1 });
    let own = world.transmissions.iter().filter(|(from, ..)| *from == addr(1));
    let others = own.filter(|(_, to, _)| *to != addr(2)).count();
    assert!((1..=8).contains(&others), "{others}");
}

/// Method: a member asks for its table, and to be helped by relays, as fast as it can: pages are
/// drawn ten times a second, the node asks nobody back at that speed, and remembers few askers.
#[test]
fn questions_are_answered_within_bounds() {
    let mut world = World::cluster(10);
    world.transmissions.clear();
    for k in 0..1_000_u64 {
        let subject = id(u8::try_from(3 + k % 8).expect("small"));
        let relay = Message::Relay(Relay { incarnation: FIRST, subject });
        let pull = Message::Pull(Pull { incarnation: FIRST, table: Digest::default() });
        for message in [relay, pull] {
            let bytes = from_member(&world, 2, message);
            world.deliver(1, addr(2), &bytes);
        }
    }
    let pulls = world.transmissions.iter().filter(|(from, _, bytes)| {
        let pull = |datagram: Datagram| matches!(datagram.message, Message::Pull(_));
        *from == addr(1) && Datagram::decode(bytes).is_ok_and(pull)
    });
    assert!(pulls.count() <= 1, "one pull in 0.2 s");
    world.run(SECOND);
    let to_2 =
        world.transmissions.iter().filter(|(from, to, _)| [*from, *to] == [addr(1), addr(2)]);
    let gossip = to_2.filter_map(|(_, _, bytes)| {
        let message = Datagram::decode(bytes).map(|datagram| datagram.message);
        if let Ok(Message::Gossip(gossip)) = message { Some(gossip.rumors) } else { None }
    });
    let rumors = gossip.flat_map(|rumors| rumors.as_slice().to_vec());
    let vouches = rumors.filter(|rumor| matches!(rumor, Rumor::Vouch { .. })).count();
    assert!((1..=8).contains(&vouches), "one for each subject, not for each question: {vouches}");
}

/// Method: a member joins under another name with the session of somebody else.
#[test]
fn a_session_cannot_be_taken_away() {
    let mut world = World::cluster(3);
    let stolen = session_of(&world, 2);
    let thief = SocketAddr::from(([10, 0, 9, 9], 1));
    let say = |world: &mut World, message: Message| {
        let datagram = Datagram { session: stolen, sequence: 1 << 41, message };
        world.transmissions.clear();
        world.deliver(1, thief, &datagram.encode().expect("fits"));
        let answer = world.transmissions.iter().find(|(_, to, _)| *to == thief);
        answer.map(|(_, _, bytes)| Datagram::decode(bytes).expect("legal").message)
    };
    let cluster: phi_agent::ident::Name = "phi".parse().expect("a name");
    let hello = Message::Hello(Hello { cluster: cluster.clone(), padding: [0; 16] });
    let Some(Message::Challenge(challenge)) = say(&mut world, hello) else {
        panic!("a hello draws a challenge")
    };
    let identity = config(9, 1).identity;
    let join = Join { proof: challenge.proof, challenge: challenge.proof, cluster, identity };
    say(&mut world, Message::Join(join));
    assert_eq!(world.host(1).node.members().count(), 2);
    world.run(10 * SECOND);
    assert_eq!(world.holds(1, 2), Some(Liveness::Up));
}

/// Method: a member sends heartbeats with numbers and times at the ends of their ranges.
#[test]
fn extreme_heartbeats_are_harmless() {
    let mut world = World::cluster(2);
    for number in [u64::MAX, 0, u64::MAX - 1] {
        let message = Message::Heartbeat(heartbeat(FIRST, number));
        let bytes = from_member(&world, 2, message);
        world.deliver(1, addr(2), &bytes);
    }
    let member = world.host(1).node.members().next().expect("a member").clone();
    let lost = member.link.as_deref().map(|link| link.detector.lost());
    assert!(lost >= Some(u32::MAX - 1), "{lost:?}");
    assert!(member.phi(world.now).is_some_and(|phi| phi.value().is_finite()));
    // Its real heartbeats are late now, but each is a sign of life: nobody is down by that.
    world.run(30 * SECOND);
    assert!(alarms(&world, 1).iter().all(|event| event.liveness == Liveness::Suspect));
    assert_eq!(world.holds(1, 2), Some(Liveness::Up));
}

/// Method: a member tells of thousands of members that do not exist: the table keeps its bound,
/// what is not there is found out, and those that are there stay.
#[test]
fn rumors_of_nobody_cost_bounded_room() {
    let mut world = World::new();
    world.start(1, Config { members_max: 32, ..config(1, 1) }, &[]);
    for index in 2..=3 {
        world.start(index, config(index, 1), &[addr(1)]);
    }
    world.run(5 * SECOND);
    for round in 0..200 {
        let members = List::first_of((0..12).map(|k| nobody(round * 12 + k)));
        let bytes = from_member(&world, 2, Message::Page(Page { incarnation: FIRST, members }));
        world.deliver(1, addr(2), &bytes);
        assert!(world.host(1).node.members().count() <= 32);
        world.run(Duration::from_millis(10));
    }
    assert!(world.host(1).node.members().count() > 16, "the lie was believed at first");
    world.run(60 * SECOND);
    for member in world.host(1).node.members() {
        let real = member.id == id(2) || member.id == id(3);
        assert_eq!(member.state.liveness.is_present(), real, "{member:?}");
    }
    for observer in [1, 2, 3] {
        let wrong = alarms(&world, observer).into_iter().filter(|event| {
            event.liveness == Liveness::Down && [1, 2, 3].map(id).contains(&event.id)
        });
        assert_eq!(wrong.collect::<Vec<&Event>>(), Vec::<&Event>::new());
    }
}

fn any_rumor() -> impl Strategy<Value = Rumor> {
    let who = || (1..6_u8).prop_map(id);
    let life = || {
        (1..4_u64, prop_oneof![0..3_u32, Just(u32::MAX)])
            .prop_map(|(start, refutation)| Incarnation { start, refutation })
    };
    let number = || {
        prop_oneof![0..5_u64, Just(u64::MAX), any::<u64>(), (0..5_u64).prop_map(|k| 1 << 32 | k)]
    };
    let finding = prop_oneof![Just(Finding::Alive), Just(Finding::Down), Just(Finding::Left)];
    let grounds = prop_oneof![Just(Grounds::Silent), Just(Grounds::Deaf), Just(Grounds::Refused)];
    prop_oneof![
        (0..3_u32).prop_map(|number| Rumor::Presence(Box::new(nobody(number + 1)))),
        (who(), life(), finding).prop_map(|(id, incarnation, finding)| Rumor::Found {
            id,
            incarnation,
            finding
        }),
        (who(), life(), number(), grounds).prop_map(|(subject, incarnation, round, grounds)| {
            Rumor::Accusation(Accusation { subject, incarnation, round, grounds })
        }),
        (who(), number()).prop_map(|(subject, round)| Rumor::Retraction { subject, round }),
        (who(), life(), number(), prop::option::of(number())).prop_map(
            |(subject, incarnation, age_us, heard_us)| {
                Rumor::Vouch { subject, incarnation, age_us, heard_us }
            }
        ),
        (who(), life()).prop_map(|(id, incarnation)| Rumor::Notice { id, incarnation }),
        (who(), life(), number()).prop_map(|(id, incarnation, within_us)| Rumor::Restarting {
            id,
            incarnation,
            within_us
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 300, ..ProptestConfig::with_cases(300) })]

    /// Goal: whatever a member with a proven session sends, the other one lives on.
    #[test]
    fn a_member_gone_mad_is_survived(
        bodies in prop::collection::vec(
            (1..15_u8, prop::collection::vec(any::<u8>(), 0..60), 0..2_000_u64), 1..60),
    ) {
        let mut world = World::cluster(3);
        let leave = Leave { incarnation: FIRST, back_within_us: None };
        let template = from_member(&world, 2, Message::Leave(leave));
        for (kind, body, wait_ms) in bodies {
            let mut bytes = template.clone();
            bytes[1] = kind;
            bytes.truncate(30);
            bytes.extend(body);
            world.deliver(1, addr(2), &bytes);
            world.run(Duration::from_millis(wait_ms));
            prop_assert_eq!(world.holds(1, 3), Some(Liveness::Up));
        }
        prop_assert!(world.host(1).node.members().all(|m| m.id == id(2) || m.id == id(3)));
    }

    /// Goal: a member that tells well-formed lies about all, to one that hears all, brings nobody
    /// down but itself; when it has ended all is as before.
    #[test]
    fn well_formed_lies_bring_nobody_down(
        lies in prop::collection::vec(
            (prop::collection::vec(any_rumor(), 1..8), 0..700_u64), 1..30),
    ) {
        let mut world = World::cluster(4);
        for (rumors, wait_ms) in lies {
            tell(&mut world, 2, rumors);
            world.run(Duration::from_millis(wait_ms));
            for other in [3, 4] {
                let held = world.holds(1, other);
                prop_assert!(matches!(held, Some(Liveness::Up | Liveness::Suspect)), "{held:?}");
            }
        }
        world.run(20 * SECOND);
        for (a, b) in [(1, 3), (1, 4), (3, 1), (3, 4), (4, 1), (4, 3)] {
            prop_assert_eq!(world.holds(a, b), Some(Liveness::Up), "{} of {}", a, b);
        }
    }
}

//! Goal: a node survives whatever members and strangers send it, within its bounds.

use std::net::SocketAddr;
use std::time::Duration;

use crate::world::{World, addr, id};
use phi_agent::ident::{Incarnation, NodeId, SessionId};
use phi_agent::proto::liveness::Liveness;
use phi_agent::proto::stats::DropReason;
use phi_agent::wire::Datagram;
use phi_agent::wire::bounded::{Interval, List};
use phi_agent::wire::message::{Heartbeat, Hello, Join, Leave, Message, Rumor, Standing};
use proptest::prelude::*;

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
        interval: Interval::new(Duration::from_secs(1)).expect("in range"),
        echo: Some(phi_agent::wire::message::Echo { sent_us: u64::MAX, held_us: u64::MAX }),
        accused: None,
        rumors: List::first_of([]),
    }
}

/// Method: garbage of each kind, counted by its reason and nothing else.
#[test]
fn bad_datagrams_are_counted_by_reason() {
    let mut world = World::cluster(2);
    let good =
        from_member(&world, 2, Message::Leave(Leave { incarnation: Incarnation::of_start(1) }));
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
    let ends = Message::Leave(Leave { incarnation: Incarnation { start: 99, refutation: 0 } });
    let forged = from_member(&world, 2, ends);
    world.deliver(1, addr(3), &forged); // the session of 2 from the address of 3
    world.deliver(1, addr(2), &forged); // a life of 2 that never began
    assert_eq!(world.holds(1, 2), Some(Liveness::Up));
    assert_eq!(world.holds(1, 3), Some(Liveness::Up));
    assert!(world.host(1).node.stats().dropped.contains_key(&DropReason::Stale));
}

/// Method: accusations of a node at incarnations past, present and of a start that never was.
#[test]
fn accusations_are_refuted_once_and_never_followed_into_the_future() {
    let mut world = World::cluster(2);
    let accuse = |world: &mut World, accused| {
        let standing = Standing { incarnation: Incarnation::of_start(1), accused: Some(accused) };
        let bytes = from_member(world, 2, Message::Standing(standing));
        world.deliver(1, addr(2), &bytes);
        world.host(1).node.incarnation()
    };
    let first = Incarnation { start: 1, refutation: 1 };
    let high = Incarnation { start: 1, refutation: u32::MAX - 1 };
    assert_eq!(accuse(&mut world, high), Incarnation::of_start(1), "nobody can hold it at that");
    assert_eq!(accuse(&mut world, Incarnation::of_start(1)), first);
    assert_eq!(accuse(&mut world, Incarnation::of_start(1)), first, "refuted already");
    assert_eq!(accuse(&mut world, Incarnation { start: 8, refutation: 0 }), first);
    assert_eq!(accuse(&mut world, first), first, "too soon after the last refutation");
    world.run(Duration::from_millis(100));
    assert_eq!(accuse(&mut world, first), Incarnation { start: 1, refutation: 2 });
}

/// Method: a thousand accusations in one instant draw one round of refutations.
#[test]
fn accusations_do_not_amplify() {
    let mut world = World::cluster(10);
    world.transmissions.clear();
    for refutation in 0..1_000 {
        let accused = Some(Incarnation { start: 1, refutation });
        let standing = Standing { incarnation: Incarnation::of_start(1), accused };
        let bytes = from_member(&world, 2, Message::Standing(standing));
        world.deliver(1, addr(2), &bytes);
    }
    assert!(world.transmissions.len() <= 9, "{}", world.transmissions.len());
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
    let identity = crate::world::config(9, 1).identity;
    let join = Join { proof: challenge.proof, challenge: challenge.proof, cluster, identity };
    say(&mut world, Message::Join(join));
    assert_eq!(world.host(1).node.members().count(), 2);
    world.run(Duration::from_secs(10));
    assert_eq!(world.holds(1, 2), Some(Liveness::Up));
}

/// Method: a member sends heartbeats with numbers and times at the ends of their ranges.
#[test]
fn extreme_heartbeats_are_harmless() {
    let mut world = World::cluster(2);
    for number in [u64::MAX, 0, u64::MAX - 1] {
        let message = Message::Heartbeat(heartbeat(Incarnation::of_start(1), number));
        let bytes = from_member(&world, 2, message);
        world.deliver(1, addr(2), &bytes);
    }
    let member = world.host(1).node.members().next().expect("a member").clone();
    assert!(member.link.detector.lost() >= u32::MAX - 1);
    assert!(member.phi(world.now).value().is_finite());
    // Its real heartbeats are late now: it is suspected and refutes, again and again, no faster.
    world.run(Duration::from_secs(30));
    let suspicions = world.host(1).events.iter().filter(|e| e.liveness == Liveness::Suspect);
    assert!((3..=10).contains(&suspicions.count()));
}

/// Method: a member rumors of a million members that do not exist.
#[test]
fn rumors_of_nobody_cost_bounded_work() {
    let mut world = World::cluster(2);
    for round in 0..1_000_u32 {
        let rumor = |k: u32| Rumor {
            id: NodeId::from_bits(u128::from(round * 18 + k) << 64),
            incarnation: Incarnation::of_start(1),
            addr: SocketAddr::new([11, 0, 0, 1].into(), u16::try_from(round * 18 + k).unwrap_or(1)),
        };
        let mut message = heartbeat(Incarnation::of_start(1), 100 + u64::from(round));
        message.rumors = List::first_of((0..18).map(rumor));
        let bytes = from_member(&world, 2, Message::Heartbeat(message));
        world.deliver(1, addr(2), &bytes);
    }
    let hellos = world.transmissions.iter().filter(|(_, to, _)| to.ip() != addr(1).ip());
    assert!(hellos.count() < 2_300, "2,048 addresses at a time, whatever is rumored");
    assert_eq!(world.host(1).node.members().count(), 1);
    world.transmissions.clear();
    world.run(Duration::from_secs(60));
    world.transmissions.clear();
    world.run(Duration::from_secs(60));
    let hellos = world
        .transmissions
        .iter()
        .filter(|(_, to, _)| to.ip() == SocketAddr::from(([11, 0, 0, 1], 1)).ip());
    assert_eq!(hellos.count(), 0, "hearsay is given up");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Goal: whatever a member with a proven session sends, the other one lives on.
    #[test]
    fn a_member_gone_mad_is_survived(
        bodies in prop::collection::vec(
            (1..10_u8, prop::collection::vec(any::<u8>(), 0..60), 0..2_000_u64), 1..60),
    ) {
        let mut world = World::cluster(3);
        let template =
            from_member(&world, 2, Message::Leave(Leave { incarnation: Incarnation::of_start(1) }));
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
}

use crate::world::*;
use phi_agent::proto::liveness::Liveness;
use std::time::Duration;
const MS: Duration = Duration::from_millis(1);
fn dump(world: &World, hosts: &[u8], from: phi_core::Timestamp) {
    for h in hosts {
        for e in &world.host(*h).events {
            if e.at >= from {
                println!(
                    "{h}: +{:.3} {:?} {} {:?} {}",
                    e.at.saturating_since(from).get() as f64 / 1e9,
                    e.change,
                    e.name,
                    e.liveness,
                    e.incarnation
                );
            }
        }
    }
}
fn run(n: u8, what: &str) {
    let mut world = World::cluster(n);
    let all: Vec<u8> = (1..=n).collect();
    let full =
        all.iter().all(|a| all.iter().all(|b| a == b || world.holds(*a, *b) == Some(Liveness::Up)));
    println!(
        "== n {n} {what}: full {full}, suspicious {}",
        all.iter()
            .map(|h| world.host(*h).events.iter().filter(|e| e.liveness != Liveness::Up).count())
            .sum::<usize>()
    );
    if !full {
        dump(&world, &all, phi_core::Timestamp::ORIGIN);
    }
    world.transmissions.clear();
    world.run(10_000 * MS);
    let bytes: usize = world.transmissions.iter().map(|(_, _, b)| b.len() + 42 + 16).sum();
    println!("B/s per node {}", bytes as f64 / 10.0 / n as f64);
    let mut kinds = std::collections::BTreeMap::new();
    for (_, _, b) in &world.transmissions {
        let d = phi_agent::wire::Datagram::decode(b).unwrap();
        let e = kinds.entry(d.message.kind()).or_insert((0, 0));
        e.0 += 1;
        e.1 += b.len();
    }
    println!("{kinds:?}");
    let t = world.now;
    match what {
        "kill" => {
            world.kill(2);
            world.run(10_000 * MS);
        }
        "die" => {
            world.power_off(2);
            world.run(10_000 * MS);
        }
        "pause5" => {
            world.pause(2, 5_000 * MS);
            world.run(10_000 * MS);
        }
        "pause2" => {
            world.pause(2, 2_000 * MS);
            world.run(10_000 * MS);
        }
        "split" => {
            let (l, r) = all.split_at(all.len() / 2);
            world.partition(l, r, true);
            world.run(10_000 * MS);
            println!("heal at +10");
            world.partition(l, r, false);
            world.run(10_000 * MS);
        }
        "leave" => {
            world.leave(2);
            world.run(5_000 * MS);
        }
        "quiet" => {
            world.run(60_000 * MS);
        }
        _ => {}
    }
    let rest: Vec<u8> =
        all.iter().copied().filter(|i| !(*i == 2 && (what == "kill" || what == "die"))).collect();
    if n <= 5 {
        dump(&world, &rest, t);
    } else {
        dump(&world, &[1, 3, 4, n], t);
    }
}
#[test]
fn quick() {
    for w in std::env::var("W").unwrap_or("quiet,kill,die".into()).split(',') {
        for n in std::env::var("N").unwrap_or("3,5".into()).split(',') {
            run(n.parse().unwrap(), w);
        }
    }
}

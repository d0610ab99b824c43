//! Goal: the wire format is what it was, and any bytes are safe to read.
#![expect(clippy::expect_used, reason = "golden bytes are well-formed")]

use std::net::SocketAddr;
use std::time::Duration;

use phi_agent::ident::{Incarnation, NodeId, SessionId};
use phi_agent::wire::bounded::{Interval, List};
use phi_agent::wire::header::{HEADER_LEN, ParseHeaderError};
use phi_agent::wire::message::{
    Challenge, Echo, Heartbeat, Hello, Identity, Join, Leave, LeaveAck, Message, Proof, Refusal,
    Refused, Rumor, Standing, Welcome,
};
use phi_agent::wire::{DATAGRAM_BYTES_MAX, Datagram, DecodeError};
use proptest::prelude::*;

const SESSION: u128 = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;

fn incarnation() -> Incarnation {
    Incarnation { start: 7, refutation: 2 }
}

fn identity() -> Identity {
    Identity {
        id: NodeId::from_bits(0x0102),
        name: "db-1".parse().expect("a name"),
        advertise: Some(SocketAddr::from(([10, 0, 0, 1], 16_180))),
        incarnation: incarnation(),
        interval: Interval::new(Duration::from_secs(1)).expect("in range"),
    }
}

fn rumors() -> List<Rumor, { Rumor::PER_DATAGRAM_MAX }> {
    let v6 = "[2001:db8::1]:9".parse().expect("an address");
    List::first_of([Rumor { id: NodeId::from_bits(9), incarnation: incarnation(), addr: v6 }])
}

/// One of each kind, with its body in hexadecimal.
fn golden() -> Vec<(u8, Message, &'static str)> {
    let cluster = || "phi".parse().expect("a name");
    let (proof, challenge) = (Proof([0xAA; 16]), Proof([0xBB; 16]));
    let aa = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let bb = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    let leak = |parts: &[&str]| -> &'static str { parts.concat().leak() };
    let me = "fb02010464622d3101000a000001fb343f0702fc40420f00";
    let rumor = "010907020120010db800000000000000000000000109";
    vec![
        (
            1,
            Message::Hello(Hello { cluster: cluster(), padding: [0; 16] }),
            leak(&["03706869", &"00".repeat(16)]),
        ),
        (2, Message::Challenge(Challenge { proof }), aa),
        (
            3,
            Message::Join(Join { proof, challenge, cluster: cluster(), identity: identity() }),
            leak(&[aa, bb, "03706869", me]),
        ),
        (
            4,
            Message::Welcome(Welcome {
                proof,
                identity: identity(),
                accused: Some(incarnation()),
                rumors: rumors(),
            }),
            leak(&[aa, me, "010702", rumor]),
        ),
        (5, Message::Refused(Refused { reason: Refusal::TableFull }), "01"),
        (
            6,
            Message::Heartbeat(Heartbeat {
                incarnation: incarnation(),
                number: 300,
                sent_us: 5_000_000_000,
                interval: identity().interval,
                echo: Some(Echo { sent_us: 1, held_us: 250 }),
                accused: None,
                rumors: rumors(),
            }),
            leak(&["0702", "fb2c01", "fd00f2052a01000000", "fc40420f00", "0101fa", "00", rumor]),
        ),
        (7, Message::Leave(Leave { incarnation: incarnation() }), "0702"),
        (8, Message::LeaveAck(LeaveAck { incarnation: incarnation() }), "0702"),
        (9, Message::Standing(Standing { incarnation: incarnation(), accused: None }), "070200"),
    ]
}

fn datagram(message: Message) -> Datagram {
    Datagram { session: SessionId::from_bits(SESSION), sequence: 0x0123_4567_89ab_cdef, message }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

fn digit(nibble: u8) -> char {
    char::from_digit(nibble.into(), 16).expect("a nibble")
}

/// Method: header and body of each kind against bytes written down by hand.
#[test]
fn golden_bytes_do_not_move() {
    for (kind, message, body) in golden() {
        let bytes = datagram(message.clone()).encode().expect("fits");
        let header = format!("f1{kind:02x}00000000{SESSION:032x}0123456789abcdef");
        assert_eq!(hex(&bytes[..HEADER_LEN]), header);
        assert_eq!(hex(&bytes[HEADER_LEN..]), body, "{message:?}");
        assert_eq!(Datagram::decode(&bytes), Ok(datagram(message)));
    }
}

/// Method: each way to be no datagram, by its reason.
#[test]
fn what_is_wrong_is_told_apart() {
    let good = datagram(golden()[6].1.clone()).encode().expect("fits");
    let with = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        Datagram::decode(&bytes)
    };
    assert_eq!(Datagram::decode(&[]), Err(DecodeError::Header(ParseHeaderError::Short)));
    assert_eq!(Datagram::decode(&good[..29]), Err(DecodeError::Header(ParseHeaderError::Short)));
    assert_eq!(with(0, 0xF2), Err(DecodeError::Header(ParseHeaderError::Version)));
    assert_eq!(with(1, 0), Err(DecodeError::Header(ParseHeaderError::Kind)));
    assert_eq!(with(1, 10), Err(DecodeError::Header(ParseHeaderError::Kind)));
    assert_eq!(with(5, 1), Err(DecodeError::KeyId));
    assert_eq!(Datagram::decode(&[0; DATAGRAM_BYTES_MAX + 1]), Err(DecodeError::Oversize));
    let longer = [&good[..], &[0]].concat();
    assert!(matches!(Datagram::decode(&longer), Err(DecodeError::Body(_))), "trailing bytes");
    assert!(matches!(Datagram::decode(&good[..31]), Err(DecodeError::Body(_))), "cut short");
}

/// Method: bodies that claim lists of up to 2⁶⁴ elements, names that are none, odd intervals.
#[test]
fn claims_beyond_the_limits_are_refused() {
    let decode = |kind: u8, body: &[u8]| {
        let mut bytes = datagram(golden()[6].1.clone()).encode().expect("fits");
        bytes[1] = kind;
        bytes.truncate(HEADER_LEN);
        bytes.extend_from_slice(body);
        Datagram::decode(&bytes)
    };
    let heartbeat = [0x07, 0x02, 0x01, 0x01, 0xfc, 0x40, 0x42, 0x0f, 0x00, 0x00, 0x00];
    assert!(decode(6, &[&heartbeat[..], &[0]].concat()).is_ok());
    for count in [&[19][..], &[0xfb, 0xff, 0xff], &[0xfd, 255, 255, 255, 255, 255, 255, 255, 255]] {
        assert!(decode(6, &[&heartbeat[..], count].concat()).is_err());
    }
    let mut too_often = heartbeat;
    too_often[6] = 0; // an interval of 320 µs
    too_often[7] = 0;
    assert!(decode(6, &[&too_often[..], &[0]].concat()).is_err());
    for name in [&[0][..], &[1, b' '], &[2, 0xC3, 0xA4], &[65], &[0xfd, 255, 255, 255, 255, 255]] {
        assert!(decode(1, &[name, &[0; 80]].concat()).is_err(), "{name:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Goal: any bytes decode or fail; what decodes encodes to a datagram that means the same.
    #[test]
    fn any_bytes_are_safe(kind in 0..11_u8, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let header = format!("f1{kind:02x}00000000{SESSION:032x}0123456789abcdef");
        let mut bytes: Vec<u8> = (0..HEADER_LEN)
            .map(|i| u8::from_str_radix(&header[2 * i..2 * i + 2], 16).expect("hexadecimal"))
            .collect();
        bytes.extend(body);
        if let Ok(datagram) = Datagram::decode(&bytes) {
            let again = datagram.encode().expect("no longer than it was");
            prop_assert!(again.len() <= bytes.len());
            prop_assert_eq!(Datagram::decode(&again), Ok(datagram));
        }
    }

    /// Goal: the same for real datagrams with some bytes changed, which get further in.
    #[test]
    fn damaged_datagrams_are_safe(
        which in 0..9_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = datagram(golden()[which].1.clone()).encode().expect("fits");
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _any_outcome = Datagram::decode(&bytes[..cut.index(bytes.len() + 1)]);
        if let Ok(datagram) = Datagram::decode(&bytes) {
            let again = datagram.encode().expect("fits");
            prop_assert_eq!(Datagram::decode(&again), Ok(datagram));
        }
    }
}

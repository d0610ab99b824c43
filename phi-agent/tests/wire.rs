//! Goal: the wire format is what it was, and any bytes are safe to read.
#![expect(clippy::expect_used, reason = "golden bytes are well-formed")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use phi_agent::ident::{Incarnation, NodeId, SessionId};
use phi_agent::wire::bounded::{Interval, LABEL_BYTES_MAX, LABELS_MAX, Labels, LabelsError, List};
use phi_agent::wire::header::{HEADER_LEN, ParseHeaderError};
use phi_agent::wire::message::{
    Ack, Challenge, Digest, Echo, Gossip, Heartbeat, Hello, Identity, Join, Leave, LeaveAck,
    Message, Page, Probe, Proof, Pull, Refusal, Refused, Relay, Welcome,
};
use phi_agent::wire::rumor::{
    self, Accusation, Finding, Grounds, PRESENCES_MAX, Presence, RUMORS_MAX, Rumor, Rumors,
};
use phi_agent::wire::{DATAGRAM_BYTES_MAX, Datagram, DecodeError};
use proptest::prelude::*;

const SESSION: u128 = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;

/// Proofs, and their bytes.
const AA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BB: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A second in microseconds; 5,000 s.
const SECOND_US: &str = "fc40420f00";
const SENT_US: &str = "fd00f2052a01000000";

fn incarnation() -> Incarnation {
    Incarnation { start: 7, refutation: 2 }
}

fn interval() -> Interval {
    Interval::new(Duration::from_secs(1)).expect("in range")
}

fn labels(labels: &[(&str, &str)]) -> Option<Labels> {
    let legal = |key: &str| key.parse().expect("a name");
    Labels::new(labels.iter().map(|(key, value)| (legal(key), (*value).to_owned())).collect()).ok()
}

fn identity() -> (Identity, String) {
    let identity = Identity {
        id: NodeId::from_bits(0x0102),
        name: "db-1".parse().expect("a name"),
        advertise: Some(SocketAddr::from(([10, 0, 0, 1], 16_180))),
        incarnation: incarnation(),
        interval: interval(),
        labels: labels(&[("role", "db")]).expect("within limits"),
        placed: Incarnation::of_start(7),
    };
    let id_name_advertise = "fb0201 0464622d31 01000a000001fb343f";
    let rest = ["0702", SECOND_US, "01 04726f6c65 026462", "0700"];
    (identity, join(&[&[id_name_advertise], &rest[..]].concat()))
}

fn presence() -> (Presence, String) {
    let presence = Presence {
        id: NodeId::from_bits(9),
        name: "x".parse().expect("a name"),
        addr: "[2001:db8::1]:9".parse().expect("an address"),
        session: SessionId::from_bits(SESSION),
        incarnation: incarnation(),
        interval: interval(),
        labels: Labels::default(),
        placed: Incarnation { start: 7, refutation: 1 },
        finding: Finding::Left,
    };
    let addr = "0120010db8000000000000000000000001 09";
    let session = "fe ffeeddccbbaa99887766554433221100";
    (presence, join(&["09 0178", addr, session, "0702", SECOND_US, "00 0701 02"]))
}

/// A rumor of each kind, with its bytes.
fn golden_rumors() -> Vec<(Rumor, String)> {
    let (id, subject) = (NodeId::from_bits(9), NodeId::from_bits(9));
    let incarnation = incarnation();
    let grounds = Grounds::Refused;
    let (presence, presence_bytes) = presence();
    vec![
        (Rumor::Presence(Box::new(presence)), join(&["00", &presence_bytes])),
        (Rumor::Found { id, incarnation, finding: Finding::Down }, join(&["01 09 0702 01"])),
        (
            Rumor::Accusation(Accusation { subject, incarnation, round: 300, grounds }),
            join(&["02 09 0702 fb2c01 02"]),
        ),
        (Rumor::Retraction { subject, round: 301 }, join(&["03 09 fb2d01"])),
        (
            Rumor::Vouch { subject, incarnation, age_us: 1_000, heard_us: Some(250) },
            join(&["04 09 0702 fbe803 01fa"]),
        ),
        (Rumor::Notice { id, incarnation }, join(&["05 09 0702"])),
        (
            Rumor::Restarting { id, incarnation, within_us: 1_000_000 },
            join(&["06 09 0702", SECOND_US]),
        ),
    ]
}

fn rumors() -> (Rumors, String) {
    let (rumors, bytes): (Vec<Rumor>, Vec<String>) = golden_rumors().into_iter().unzip();
    (List::first_of(rumors), format!("07{}", bytes.concat()))
}

fn digest() -> (Digest, String) {
    let mut parts = [0; Digest::PARTS];
    (parts[0], parts[15]) = (1, 0xdead_beef);
    (Digest(parts), join(&["01", &"00".repeat(14), "fcefbeadde"]))
}

/// One of each kind, with its body in hexadecimal.
fn golden() -> Vec<(u8, Message, String)> {
    let handshake = golden_handshake();
    handshake.into_iter().chain(golden_signs()).chain(golden_questions()).collect()
}

fn golden_handshake() -> Vec<(u8, Message, String)> {
    let cluster = || "phi".parse().expect("a name");
    let (proof, challenge) = (Proof([0xAA; 16]), Proof([0xBB; 16]));
    let (identity, me) = identity();
    let (table, table_bytes) = digest();
    let hello = Hello { cluster: cluster(), padding: [0; 16] };
    let welcome = Welcome {
        proof,
        identity: identity.clone(),
        accused: Some(incarnation()),
        seen_at: SocketAddr::from(([10, 0, 0, 2], 16_180)),
        table,
    };
    let old = Refused { reason: Refusal::OldIncarnation, known: Some(incarnation()) };
    vec![
        (1, Message::Hello(hello), join(&["03706869", &"00".repeat(16)])),
        (2, Message::Challenge(Challenge { proof }), AA.to_owned()),
        (
            3,
            Message::Join(Join { proof, challenge, cluster: cluster(), identity }),
            join(&[AA, BB, "03706869", &me]),
        ),
        (
            4,
            Message::Welcome(welcome),
            join(&[AA, &me, "010702", "00 0a000002 fb343f", &table_bytes]),
        ),
        (5, Message::Refused(old), join(&["03 010702"])),
        (
            5,
            Message::Refused(Refused { reason: Refusal::TableFull, known: None }),
            join(&["01 00"]),
        ),
    ]
}

fn golden_signs() -> Vec<(u8, Message, String)> {
    let incarnation = incarnation();
    let (rumors, rumor_bytes) = rumors();
    let heartbeat = Heartbeat {
        incarnation,
        number: 300,
        sent_us: 5_000_000_000,
        interval: interval(),
        echo: Some(Echo { sent_us: 1, held_us: 250 }),
        accused: None,
        stall_us: 1_000,
        hello: true,
        table: 0xdead_beef,
        rumors: rumors.clone(),
    };
    let before_echo = join(&["0702", "fb2c01", SENT_US, SECOND_US]);
    let from_echo = "01 01 fa 00 fbe803 01 fcefbeadde";
    let restart = Leave { incarnation, back_within_us: Some(1_000_000) };
    vec![
        (6, Message::Heartbeat(heartbeat), join(&[&before_echo, from_echo, &rumor_bytes])),
        (7, Message::Leave(Leave { incarnation, back_within_us: None }), join(&["0702 00"])),
        (7, Message::Leave(restart), join(&["0702 01", SECOND_US])),
        (8, Message::LeaveAck(LeaveAck { incarnation }), join(&["0702"])),
        (9, Message::Gossip(Gossip { incarnation, rumors }), join(&["0702", &rumor_bytes])),
    ]
}

fn golden_questions() -> Vec<(u8, Message, String)> {
    let (incarnation, subject) = (incarnation(), NodeId::from_bits(9));
    let (table, table_bytes) = digest();
    let (member, member_bytes) = presence();
    let probe = Probe {
        subject,
        incarnation,
        sent_us: 5_000_000_000,
        accused: Some(incarnation),
        rumors: Rumors::default(),
    };
    let ack = Ack {
        incarnation,
        echo_us: 5_000_000_000,
        stall_us: 1_000,
        accused: None,
        rumors: Rumors::default(),
    };
    let page = Page { incarnation, members: List::first_of([member]) };
    vec![
        (10, Message::Probe(probe), join(&["09 0702", SENT_US, "010702 00"])),
        (11, Message::Ack(ack), join(&["0702", SENT_US, "fbe803 00 00"])),
        (12, Message::Relay(Relay { incarnation, subject }), join(&["0702 09"])),
        (13, Message::Pull(Pull { incarnation, table }), join(&["0702", &table_bytes])),
        (14, Message::Page(page), join(&["0702 01", &member_bytes])),
    ]
}

/// Hexadecimal digits without the spaces that show the fields.
fn join(parts: &[&str]) -> String {
    parts.concat().replace(' ', "")
}

fn leave() -> Datagram {
    datagram(Message::Leave(Leave { incarnation: incarnation(), back_within_us: None }))
}

fn datagram(message: Message) -> Datagram {
    Datagram { session: SessionId::from_bits(SESSION), sequence: 0x0123_4567_89ab_cdef, message }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let places = (0..text.len()).step_by(2);
    let byte = |place: usize| u8::from_str_radix(&text[place..place + 2], 16);
    places.map(|place| byte(place).expect("hexadecimal")).collect()
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

/// Method: all fourteen kinds, and no others.
#[test]
fn kinds_are_one_to_fourteen() {
    let kinds: std::collections::BTreeSet<u8> = golden().iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds, (1..=14).collect());
    for kind in (0..=u8::MAX).filter(|kind| !kinds.contains(kind)) {
        let mut bytes = leave().encode().expect("fits");
        bytes[1] = kind;
        let error = DecodeError::Header(ParseHeaderError::Kind);
        assert_eq!(Datagram::decode(&bytes), Err(error), "{kind}");
    }
}

/// Method: the length that decides what fits against the bytes.
#[test]
fn rumors_know_their_length() {
    for (rumor, bytes) in golden_rumors() {
        assert_eq!(rumor.wire_len(), bytes.len() / 2, "{rumor:?}");
    }
}

/// Method: as many as fit, to the byte; no more than the limit, however small they are.
#[test]
fn lists_are_filled_within_their_limits() {
    let (rumor, bytes) = golden_rumors().swap_remove(1);
    let many = vec![rumor; 100];
    let len = bytes.len() / 2;
    assert_eq!(rumor::fitting(&many, 10 * len).as_slice().len(), 10);
    assert_eq!(rumor::fitting(&many, 10 * len - 1).as_slice().len(), 9);
    assert_eq!(rumor::fitting(&many, 100 * len).as_slice().len(), RUMORS_MAX);
    let (member, bytes) = presence();
    let many = vec![member; 100];
    let len = bytes.len() / 2;
    assert_eq!(rumor::page(&many, 7 * len - 1).1, 6);
    assert_eq!(rumor::page(&many, 100 * len).1, PRESENCES_MAX);
}

/// Method: labels at each limit, and one beyond it; on the wire as well.
#[test]
fn labels_are_bounded() {
    let at_most =
        (0..LABELS_MAX).map(|k| (format!("k{k}").parse().expect("a name"), String::new()));
    let at_most: BTreeMap<_, _> = at_most.collect();
    assert!(Labels::new(at_most.clone()).is_ok());
    let mut too_many = at_most;
    too_many.insert("one-more".parse().expect("a name"), String::new());
    assert_eq!(Labels::new(too_many), Err(LabelsError::Many(LABELS_MAX + 1)));
    let (fits, beyond) = ("v".repeat(LABEL_BYTES_MAX - 1), "v".repeat(LABEL_BYTES_MAX));
    assert!(labels(&[("k", &fits)]).is_some());
    assert_eq!(labels(&[("k", &beyond)]), None);
    assert_eq!(labels(&[("k", "a\nb")]), None, "control characters break logs");

    let golden = join(&["01 04726f6c65 026462"]);
    let with = |labels: &str| {
        let (_, message, body) = golden_handshake().swap_remove(2);
        let header = &datagram(message).encode().expect("fits")[..HEADER_LEN];
        let body = unhex(&body.replace(&golden, &join(&[labels])));
        Datagram::decode(&[header, &body[..]].concat())
    };
    assert!(with("01 04726f6c65 026462").is_ok());
    assert!(with("09 04726f6c65 026462").is_err(), "nine labels");
    assert!(with("01 04726f6c65 020a62").is_err(), "a line feed");
    assert!(with("01 04726f6c65 02c328").is_err(), "no text");
    assert!(with("01 04726f2065 026462").is_err(), "a key with a space");
}

/// Method: each way to be no datagram, by its reason.
#[test]
fn what_is_wrong_is_told_apart() {
    let good = leave().encode().expect("fits");
    let with = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        Datagram::decode(&bytes)
    };
    assert_eq!(Datagram::decode(&[]), Err(DecodeError::Header(ParseHeaderError::Short)));
    assert_eq!(Datagram::decode(&good[..29]), Err(DecodeError::Header(ParseHeaderError::Short)));
    assert_eq!(with(0, 0xF2), Err(DecodeError::Header(ParseHeaderError::Version)));
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
        let mut bytes = leave().encode().expect("fits");
        bytes[1] = kind;
        bytes.truncate(HEADER_LEN);
        bytes.extend_from_slice(body);
        Datagram::decode(&bytes)
    };
    let beat = unhex(&join(&["0702 01 01", SECOND_US, "00 00 00 00 00"]));
    let notices = |count: usize| unhex(&"05090702".repeat(count));
    let most = u8::try_from(RUMORS_MAX).expect("below 256");
    for kind_and_start in [(6, beat.clone()), (9, vec![7, 2])] {
        let (kind, start) = kind_and_start;
        let with =
            |count: &[u8], rumors: Vec<u8>| decode(kind, &[&start[..], count, &rumors].concat());
        assert!(with(&[most], notices(RUMORS_MAX)).is_ok());
        assert!(with(&[most + 1], notices(RUMORS_MAX + 1)).is_err());
        assert!(with(&[0xfb, 0xff, 0xff], notices(2)).is_err());
        assert!(with(&[0xfd, 255, 255, 255, 255, 255, 255, 255, 255], vec![]).is_err());
        assert!(with(&[1], vec![7, 9, 7, 2]).is_err(), "there is no eighth kind of rumor");
    }
    let member = unhex(&presence().1);
    let most = u8::try_from(PRESENCES_MAX).expect("below 256");
    let page =
        |count: u8| decode(14, &[&[7, 2, count][..], &member.repeat(usize::from(count))].concat());
    assert!(page(most).is_ok() && page(most + 1).is_err());
    for (interval, legal) in [(SECOND_US, true), ("fb0f27", false), ("fb1027", true)] {
        let beat = unhex(&join(&["0702 01 01", interval, "00 00 00 00 00 00"]));
        assert_eq!(decode(6, &beat).is_ok(), legal, "{interval}: 10 ms is the least");
    }
    for name in [&[0][..], &[1, b' '], &[2, 0xC3, 0xA4], &[65], &[0xfd, 255, 255, 255, 255, 255]] {
        assert!(decode(1, &[name, &[0; 80]].concat()).is_err(), "{name:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Goal: any bytes decode or fail; what decodes encodes to a datagram that means the same.
    #[test]
    fn any_bytes_are_safe(kind in 0..16_u8, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let header = format!("f1{kind:02x}00000000{SESSION:032x}0123456789abcdef");
        let mut bytes = unhex(&header);
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
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let golden = golden();
        let message = golden[which.index(golden.len())].1.clone();
        let mut bytes = datagram(message).encode().expect("fits");
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

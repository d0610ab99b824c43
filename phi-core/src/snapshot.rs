//! A warm start: what a detector has learnt, written down with serde, and read again.
//!
//! The last heartbeat and the numbers seen are not part of it: they mean nothing after a restart,
//! whose clock has another origin. Nor are the parameters.

use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, SerializeTuple, Serializer};

use crate::detector::Detector;
use crate::model::{Learnt, Unlearnable};

/// What a detector has learnt, to be serialised: a pair of the kind of model and its numbers.
///
/// ```text
/// ["intervals", [1000000012, 999999871, …]]
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a, M>(&'a M);

impl<M: Learnt> Detector<M> {
    /// What it has learnt.
    ///
    /// # Examples
    ///
    /// ```
    /// # use core::time::Duration;
    /// use phi_core::{Calibrated, Detector, LatenessConfig, Timestamp};
    ///
    /// let config = LatenessConfig::for_interval(Duration::from_secs(1))?;
    /// let mut before = Detector::new(Calibrated::new(config));
    /// for beat in 0..1_000 {
    ///     before.heartbeat_seq(beat, Timestamp::from_nanos(beat * 1_010_000_000));
    /// }
    /// let text = serde_json::to_string(&before.snapshot())?;
    ///
    /// let mut json = serde_json::Deserializer::from_str(&text);
    /// let after = Detector::restore(Calibrated::new(config), &mut json)?;
    /// json.end()?;
    /// assert_eq!((after.mean(), after.samples()), (before.mean(), 999));
    /// assert_eq!(after.last(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn snapshot(&self) -> Snapshot<'_, M> {
        Snapshot(self.model())
    }

    /// A detector that has heard nothing yet, over `model` with what a snapshot says in place of
    /// what it has learnt. Snapshots of windows fit windows of any length and storage, of either
    /// model: the newest intervals remain, without those that the model would not have learnt.
    ///
    /// `model` must be one for the interval that the snapshot was taken at. If the sender promises
    /// another one now, [`rescale`](Self::rescale) the detector from that to this: parameters and
    /// knowledge then change together. Parameters for the new interval would change twice.
    ///
    /// Until it is heard from again the subject is trusted, for there is no silence to measure:
    /// [`resume`](Self::resume) tells from when on you expect it.
    ///
    /// This reads one value; whether anything follows it, ask the deserializer.
    ///
    /// # Errors
    ///
    /// That of the deserializer, when the snapshot cannot be read, is one of another kind of model,
    /// or holds what no learning could have led to. There is no detector then.
    ///
    /// # Examples
    ///
    /// A sender that beat each second when the snapshot was taken, and promises two a second now:
    ///
    /// ```
    /// # use core::time::Duration;
    /// use phi_core::{Detector, Normal, NormalConfig};
    ///
    /// let text = r#"["intervals", [990000000, 1010000000]]"#; // kept with the interval: 1 s
    /// let (then, now) = (Duration::from_secs(1), Duration::from_millis(500));
    ///
    /// let model = Normal::new([0_u64; 100], NormalConfig::for_interval(then)?)?;
    /// let mut json = serde_json::Deserializer::from_str(text);
    /// let mut peer = Detector::restore(model, &mut json)?;
    /// json.end()?; // nothing else was in there
    /// peer.rescale(then, now);
    /// assert_eq!(peer.mean(), now);
    /// assert_eq!(peer.model().config(), &NormalConfig::for_interval(now)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore<'de, D: Deserializer<'de>>(model: M, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(2, Pair(model)).map(Self::new)
    }
}

impl<M: Learnt> Serialize for Snapshot<'_, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(M::KIND)?;
        pair.serialize_element(&Numbers(self.0))?;
        pair.end()
    }
}

/// A model's numbers as a sequence; also, what reads them into the model.
struct Numbers<T>(T);

impl<M: Learnt> Serialize for Numbers<&M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.numbers().count()))?;
        self.0.numbers().try_for_each(|number| sequence.serialize_element(&number))?;
        sequence.end()
    }
}

impl<'de, M: Learnt> DeserializeSeed<'de> for Numbers<M> {
    type Value = M;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, M: Learnt> Visitor<'de> for Numbers<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the numbers of a snapshot of the kind \"{}\"", M::KIND)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<M, A::Error> {
        self.0.recall(|| numbers.next_element()).map_err(|why| match why {
            Unlearnable::Unreadable(error) => error,
            Unlearnable::Impossible(expected) => {
                A::Error::custom(format_args!("a snapshot of \"{}\" has {expected}", M::KIND))
            }
        })
    }
}

/// What reads kind and numbers into a model.
struct Pair<M>(M);

impl<'de, M: Learnt> Visitor<'de> for Pair<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a snapshot: a pair of \"{}\" and its numbers", M::KIND)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<M, A::Error> {
        pair.next_element_seed(Kind(M::KIND))?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        match pair.next_element_seed(Numbers(self.0))? {
            Some(model) => Ok(model),
            None => Err(A::Error::invalid_length(1, &"a snapshot: a pair of a kind and numbers")),
        }
    }
}

/// The one text that is read without complaint.
struct Kind(&'static str);

impl<'de> DeserializeSeed<'de> for Kind {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Kind {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if text == self.0 {
            return Ok(());
        }
        Err(E::custom(format_args!("a snapshot of \"{text}\" is none of \"{}\"", self.0)))
    }
}

//! Values with limits of their own on the wire: lists, names, intervals.
//!
//! bincode's own lists and strings allocate what the sender claims; these check the claim first.

use std::collections::BTreeMap;
use std::time::Duration;

use bincode::de::{BorrowDecoder, Decoder};
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{BorrowDecode, Decode, Encode};
use thiserror::Error;

use crate::ident::{NAME_BYTES_MAX, Name};

/// The shortest interval between heartbeats: below it the scheduling of the hosts is all one sees.
pub const INTERVAL_MIN: Duration = Duration::from_millis(10);

/// The longest interval between heartbeats: one hour.
pub const INTERVAL_MAX: Duration = Duration::from_secs(3_600);

/// A list of at most `N` elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T, const N: usize>(Vec<T>);

impl<T, const N: usize> List<T, N> {
    /// The first `N` of `elements`.
    pub fn first_of(elements: impl IntoIterator<Item = T>) -> Self {
        Self(elements.into_iter().take(N).collect())
    }

    /// The elements, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Encode, const N: usize> Encode for List<T, N> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0.len() as u64).encode(encoder)?;
        self.0.iter().try_for_each(|element| element.encode(encoder))
    }
}

impl<Context, T: Decode<Context>, const N: usize> Decode<Context> for List<T, N> {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let len = usize::try_from(u64::decode(decoder)?).unwrap_or(usize::MAX);
        if len > N {
            return Err(DecodeError::Other("list too long"));
        }
        decoder.claim_container_read::<T>(len)?;
        let mut elements = Vec::with_capacity(len);
        for _ in 0..len {
            decoder.unclaim_bytes_read(size_of::<T>());
            elements.push(T::decode(decoder)?);
        }
        Ok(Self(elements))
    }
}

impl<'de, Context, T, const N: usize> BorrowDecode<'de, Context> for List<T, N>
where
    T: Decode<Context>,
{
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}

bincode::impl_borrow_decode!(Name);
bincode::impl_borrow_decode!(Interval);

impl Encode for Name {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        List::<u8, NAME_BYTES_MAX>::first_of(self.as_str().bytes()).encode(encoder)
    }
}

impl<Context> Decode<Context> for Name {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let bytes = List::<u8, NAME_BYTES_MAX>::decode(decoder)?;
        let text = str::from_utf8(bytes.as_slice()).map_err(|_| DecodeError::Other("no name"))?;
        text.parse().map_err(|_| DecodeError::Other("no name"))
    }
}

/// What an operator says of a member: up to 8 keys with values, 256 bytes in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(BTreeMap<Name, String>);

/// The most labels of one member.
pub const LABELS_MAX: usize = 8;

/// The most bytes of one member's labels, keys and values together.
pub const LABEL_BYTES_MAX: usize = 256;

impl Labels {
    /// The labels with these keys and values.
    ///
    /// # Errors
    ///
    /// [`LabelsError`] when they are too many or too long, or a value holds control characters.
    pub fn new(labels: BTreeMap<Name, String>) -> Result<Self, LabelsError> {
        if labels.len() > LABELS_MAX {
            return Err(LabelsError::Many(labels.len()));
        }
        let len = |(key, value): (&Name, &String)| key.as_str().len() + value.len();
        let bytes: usize = labels.iter().map(len).sum();
        if bytes > LABEL_BYTES_MAX {
            return Err(LabelsError::Long(bytes));
        }
        let dirty = |value: &String| value.chars().any(char::is_control);
        match labels.iter().find(|(_, value)| dirty(value)) {
            Some((key, _)) => Err(LabelsError::Control(key.clone())),
            None => Ok(Self(labels)),
        }
    }

    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.0.iter().map(|(key, value)| (key, value.as_str()))
    }
}

/// Why keys and values are no labels.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LabelsError {
    /// Too many.
    #[error("{0} of them, but a member has at most {LABELS_MAX}")]
    Many(usize),
    /// Too long.
    #[error("{0} bytes of keys and values, but there is room for {LABEL_BYTES_MAX}")]
    Long(usize),
    /// A value that would break a log or a terminal.
    #[error("the value of {0} holds control characters, such as a line end; leave them out")]
    Control(Name),
}

impl Encode for Labels {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0.len() as u64).encode(encoder)?;
        self.0.iter().try_for_each(|(key, value)| {
            key.encode(encoder)?;
            List::<u8, LABEL_BYTES_MAX>::first_of(value.bytes()).encode(encoder)
        })
    }
}

impl<Context> Decode<Context> for Labels {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        const ILLEGAL: DecodeError = DecodeError::Other("illegal labels");
        let len = u64::decode(decoder)?;
        if len > LABELS_MAX as u64 {
            return Err(ILLEGAL);
        }
        let mut labels = BTreeMap::new();
        for _ in 0..len {
            let key = Name::decode(decoder)?;
            let value = List::<u8, LABEL_BYTES_MAX>::decode(decoder)?;
            let value = String::from_utf8(value.0).map_err(|_| ILLEGAL)?;
            labels.insert(key, value);
        }
        Self::new(labels).map_err(|_| ILLEGAL)
    }
}

bincode::impl_borrow_decode!(Labels);

/// The promised time between two heartbeats of one sender, 10 ms to 1 h; in microseconds on the
/// wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval(Duration);

impl Interval {
    /// The interval, if it is within 10 ms to 1 h; fractions of a microsecond are dropped.
    #[must_use]
    pub fn new(interval: Duration) -> Option<Self> {
        let whole = Duration::from_micros(u64::try_from(interval.as_micros()).ok()?);
        (INTERVAL_MIN..=INTERVAL_MAX).contains(&interval).then_some(Self(whole))
    }

    /// Its length.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl Encode for Interval {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX).encode(encoder)
    }
}

impl<Context> Decode<Context> for Interval {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let interval = Duration::from_micros(u64::decode(decoder)?);
        Self::new(interval).ok_or(DecodeError::Other("interval out of range"))
    }
}

//! Labels as people write them: `rack=a` on the command line, a table in the file.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::ident::Name;
use crate::wire::bounded::{Labels, LabelsError};
use thiserror::Error;

/// One label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What is said, …
    pub key: Name,
    /// … and how it is for this agent.
    pub value: String,
}

/// The text is no label.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no label like rack=a, with a key of ASCII letters, digits, '.', '_' and '-'")]
pub struct ParseLabelError(String);

/// Why labels are none together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CollectLabelsError {
    /// A key with two values.
    #[error("{0} is given twice; leave one of them out")]
    Twice(Name),
    /// Too many or too long, or hostile to terminals.
    #[error(transparent)]
    Labels(#[from] LabelsError),
}

impl FromStr for Label {
    type Err = ParseLabelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseLabelError(text.to_owned());
        let (key, value) = text.split_once('=').ok_or_else(wrong)?;
        let key = key.trim().parse().map_err(|_| wrong())?;
        Ok(Self { key, value: value.trim().to_owned() })
    }
}

/// All `labels` together.
pub(super) fn collect(labels: Vec<Label>) -> Result<Labels, CollectLabelsError> {
    let mut table = BTreeMap::new();
    for Label { key, value } in labels {
        if table.insert(key.clone(), value).is_some() {
            return Err(CollectLabelsError::Twice(key));
        }
    }
    Ok(Labels::new(table)?)
}

/// Labels as a table of the settings file.
pub(super) mod as_table {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Label;
    use crate::ident::Name;
    use crate::wire::bounded::Labels;

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<Label>>, D::Error> {
        let table = BTreeMap::<Name, String>::deserialize(deserializer)?;
        Ok(Some(table.into_iter().map(|(key, value)| Label { key, value }).collect()))
    }

    #[expect(clippy::ref_option, reason = "what serde hands in")]
    pub(in super::super) fn serialize<S: Serializer>(
        labels: &Option<Vec<Label>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let pairs = labels.iter().flatten().map(|label| (&label.key, &label.value));
        pairs.collect::<BTreeMap<_, _>>().serialize(serializer)
    }

    pub(in super::super) fn serialize_all<S: Serializer>(
        labels: &Labels,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        labels.iter().collect::<BTreeMap<_, _>>().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the first `=` ends the key, spaces around are no part of either, and what has no legal
    /// key is no label.
    #[test]
    fn labels_are_key_and_value() {
        let label = |text: &str| text.parse::<Label>();
        for (text, key, value) in
            [("rack=a", "rack", "a"), (" z.1 = b = c ", "z.1", "b = c"), ("empty=", "empty", "")]
        {
            let parsed = label(text).expect("legal");
            assert_eq!((parsed.key.as_str(), parsed.value.as_str()), (key, value));
        }
        for text in ["rack", "=a", "two words=a", ""] {
            assert!(label(text).is_err(), "{text:?}");
        }
    }

    /// Goal: what one member may not have is said with its key, not cut.
    #[test]
    fn labels_together_are_bounded() {
        let collected = |texts: &[&str]| {
            collect(texts.iter().map(|text| text.parse().expect("a label")).collect())
        };
        assert!(collected(&["a=1", "b=2"]).is_ok());
        let twice = collected(&["a=1", "a=2"]).expect_err("twice").to_string();
        assert!(twice.starts_with("a is given twice"), "{twice}");
        let hostile = collected(&["a=\u{1b}[2J"]).expect_err("an escape").to_string();
        assert!(hostile.contains("control characters"), "{hostile}");
    }
}

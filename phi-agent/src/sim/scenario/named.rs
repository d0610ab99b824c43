//! The scenarios that ship with the program: incidents that everyone in this field knows.

use super::Scenario;
use super::problem::UnknownScenario;

/// A scenario that ships with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Named {
    /// Its name.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// All of them; `mixed` is made from the seed and is none of them.
        pub const NAMED: &[Named] = &[$(Named {
            name: $name,
            text: include_str!(concat!("../scenarios/", $name, ".toml")),
        }),*];
    };
}

shipped!(
    "back-from-the-dead",
    "copied-identity",
    "lossy-switch",
    "lying-member",
    "long-pause",
    "one-way-link",
    "overloaded-host",
    "partition-30s",
    "quiet",
    "rack-power-loss",
    "restart-storm",
    "vm-migration",
);

pub(super) fn find(name: &str) -> Result<Scenario, UnknownScenario> {
    let found = NAMED.iter().find(|named| named.name == name);
    let parsed = found.and_then(|named| Scenario::parse(named.name, named.text).ok());
    parsed.ok_or_else(|| {
        let nearest = NAMED.iter().min_by_key(|named| strsim::levenshtein(named.name, name));
        let nearest = nearest.map_or("", |named| named.name);
        UnknownScenario { name: name.to_owned(), nearest }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: every shipped scenario is legal, and a misspelt name is understood.
    #[test]
    fn shipped_scenarios_are_legal() {
        for named in NAMED {
            let parsed = Scenario::parse(named.name, named.text);
            assert!(parsed.is_ok(), "{}: {parsed:?}", named.name);
            assert!(parsed.is_ok_and(|scenario| !scenario.title.is_empty()));
        }
        let error = find("long-pauze").expect_err("misspelt");
        assert_eq!(error.nearest, "long-pause");
    }
}

//! Settings from the environment: `PHI_` and the key in capitals.

use std::collections::BTreeSet;
use std::str::FromStr;

use thiserror::Error;

use super::keys;

/// Variables, read one by one.
pub(super) struct Env<F>(pub(super) F);

/// Variables that are no settings.
const OTHERS: [&str; 3] = ["PHI_CONFIG", "PHI_LOG", "PHI_LOG_FORMAT"];

/// Of these variables, those that seem to be meant for an agent, but that it does not know.
pub fn unknown_variables(names: impl Iterator<Item = String>) -> Vec<String> {
    let known: BTreeSet<String> = keys().into_iter().map(|key| key.variable).collect();
    let ours = names.filter(|name| name.starts_with("PHI_"));
    ours.filter(|name| !known.contains(name) && !OTHERS.contains(&name.as_str())).collect()
}

/// A variable without a legal value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name}={value:?}: {reason}")]
pub struct EnvError {
    /// The variable.
    pub name: &'static str,
    /// What it says.
    pub value: String,
    /// What is wrong with that.
    pub reason: String,
}

impl<F: Fn(&str) -> Option<String>> Env<F> {
    /// The value of `name`, if it is set.
    pub(super) fn parse<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, EnvError>
    where
        T::Err: std::fmt::Display,
    {
        let value = (self.0)(name).filter(|value| !value.is_empty());
        value.map(|value| parse(name, &value)).transpose()
    }

    /// The values of `name`, between commas.
    pub(super) fn list<T: FromStr>(&self, name: &'static str) -> Result<Option<Vec<T>>, EnvError>
    where
        T::Err: std::fmt::Display,
    {
        let value = (self.0)(name).filter(|value| !value.is_empty());
        value.map(|value| value.split(',').map(|part| parse(name, part)).collect()).transpose()
    }
}

fn parse<T: FromStr>(name: &'static str, value: &str) -> Result<T, EnvError>
where
    T::Err: std::fmt::Display,
{
    value.trim().parse().map_err(|error: T::Err| EnvError {
        name,
        value: value.to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Layer;

    fn layer(name: &str, value: &str) -> Result<Layer, super::EnvError> {
        Layer::from_env(|asked| (asked == name).then(|| value.to_owned()))
    }

    /// Goal: a variable that is spelt wrong does not pass for one that is not set.
    #[test]
    fn unknown_variables_are_found() {
        let set = ["PHI_INTERVALL", "PHI_INTERVAL", "PHI_CONFIG", "HOME", "PHI_STATE_DIR"];
        let unknown = super::unknown_variables(set.into_iter().map(str::to_owned));
        assert_eq!(unknown, ["PHI_INTERVALL"]);
    }

    /// Goal: variables mean what flags mean, empty ones nothing, illegal ones are named.
    #[test]
    fn variables_are_read_or_named() {
        let seeds = layer("PHI_SEEDS", "a:1, 10.0.0.1").expect("legal").seeds.expect("set");
        assert_eq!(
            seeds.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["a:1", "10.0.0.1:16180"]
        );
        assert_eq!(layer("PHI_SEEDS", "").expect("nothing"), Layer::default());
        assert_eq!(
            layer("PHI_INSECURE_PLAINTEXT", "true").expect("legal").insecure_plaintext,
            Some(true)
        );
        let labels = layer("PHI_LABELS", "rack=a, zone=b=c").expect("legal").labels.expect("set");
        let labels: Vec<_> =
            labels.iter().map(|label| (label.key.as_str(), label.value.as_str())).collect();
        assert_eq!(labels, [("rack", "a"), ("zone", "b=c")]);
        let illegal = [
            ("PHI_LABELS", "rack"),
            ("PHI_PROFILE", "moon"),
            ("PHI_OBSERVERS", "-2"),
            ("PHI_THRESHOLD", "0"),
            ("PHI_INTERVAL", "soon"),
            ("PHI_BIND", "x"),
        ];
        for (name, value) in illegal {
            let error = layer(name, value).expect_err("illegal").to_string();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}

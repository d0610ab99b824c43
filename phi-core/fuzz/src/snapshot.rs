//! Any text as a snapshot: it is refused, or it makes a detector as good as any, whose snapshot
//! leads back to itself.

use core::time::Duration;

use phi_core::{
    Calibrated, Detector, Exponential, ExponentialConfig, LatenessConfig, Learnt, Normal,
    NormalConfig, RobustScore, Threshold, Timestamp,
};

use crate::laws;

pub(crate) fn run(text: &[u8]) {
    let second = Duration::from_secs(1);
    let config = NormalConfig::for_interval(second).expect("in range");
    restored(text, &Normal::new([0_u64; 5], config).expect("five places"));
    restored(text, &Normal::new_f32([0_u32; 5], config).expect("five places"));
    let config = ExponentialConfig::for_interval(second).expect("in range");
    restored(text, &Exponential::new([0_u64; 5], config).expect("five places"));
    let config = LatenessConfig::for_interval(second).expect("in range");
    restored(text, &RobustScore::new(config));
    restored(text, &Calibrated::new(config));
}

fn restored<M: Learnt + Clone>(text: &[u8], model: &M) {
    let Some(mut subject) = read(text, model) else { return };
    let again = serde_json::to_vec(&subject.snapshot()).expect("numbers are JSON");
    let mut same = read(&again, model).expect("it came from a detector");
    let threshold = Threshold::new(8.0).expect("in range");
    for nanos in [0, 1, 1_000_000_000, 1_500_000_000, 1 << 50, u64::MAX] {
        let now = Timestamp::from_nanos(nanos);
        assert_eq!(subject.heartbeat(now), same.heartbeat(now));
        assert_eq!(laws::learnt(&subject), laws::learnt(&same));
        for at in [now, now.saturating_add(Duration::from_secs(3)), Timestamp::MAX] {
            assert_eq!(subject.phi(at), same.phi(at));
            laws::hold(&subject, at, threshold);
        }
    }
}

fn read<M: Learnt + Clone>(text: &[u8], model: &M) -> Option<Detector<M>> {
    Detector::restore(model.clone(), &mut serde_json::Deserializer::from_slice(text)).ok()
}

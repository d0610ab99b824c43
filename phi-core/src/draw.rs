//! Numbers for tests, the same in each run.

/// Xorshift of 64 bits, from a seed that is not 0.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    /// 64 bits.
    pub(crate) const fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.bits() >> 32).expect("32 bits")) / 4_294_967_296.0
    }
}

/// `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014). The Go side has the same generator with the
/// same outputs, so that the work of a pair, and its check, can be the same.
#[derive(Clone, Debug)]
pub struct Rand {
    state: u64,
}

impl Rand {
    /// A generator that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Rand { state: seed }
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `[0, n)`, from one step of the generator: the high word of a multiplication, whose
    /// bias is below n/2^64. `below(0)` is 0.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// A number in `[0, 1)` with 53 random bits.
    #[inline]
    pub fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Orders `items` at random (Fisher and Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_outputs_that_the_go_side_gives() {
        let mut rng = Rand::new(1_234_567);
        let outputs: Vec<u64> = (0..5).map(|_| rng.next_u64()).collect();
        assert_eq!(
            outputs,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
        let mut rng = Rand::new(7);
        assert_eq!(
            (0..6).map(|_| rng.below(100)).collect::<Vec<_>>(),
            BELOW_100
        );
        assert_eq!(rng.next_f64(), NEXT_F64);
        let mut items = [0, 1, 2, 3, 4, 5, 6, 7];
        rng.shuffle(&mut items);
        assert_eq!(items, SHUFFLED);
    }

    // The same numbers stand in go-programs/probe/rand_test.go.
    const BELOW_100: [u64; 6] = [38, 1, 90, 58, 45, 24];
    const NEXT_F64: f64 = 0.467_953_004_222_873_45;
    const SHUFFLED: [i32; 8] = [4, 1, 5, 3, 6, 7, 0, 2];
}

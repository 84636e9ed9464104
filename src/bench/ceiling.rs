//! What this machine can do at most: loops that do one thing, as fast as the instruction set that the kernels use lets them.
//!
//! They are the yardstick of [`work`](super::work): a kernel is good when it takes little longer than what it has to do takes here. In a
//! browser they run in the same engine as the kernels, so what the engine costs is in both.

use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

use fearless_simd::{Level, Simd, dispatch, prelude::*};

use crate::Error;

/// What a kernel uses up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// `a · b + c` in f32: fused where the instruction set has that, else a multiplication and an addition.
    MultiplyAdd,
    /// `a / b` in f32.
    Divide,
    /// The square root of an f32.
    SquareRoot,
    /// Additions, shifts and bitwise operations on u32, mixed as in Threefry.
    Integer,
    /// Bytes read from an array of [`STREAMS`]`[i]` bytes, over and over.
    Read(usize),
    /// Bytes read or written where three arrays of together [`STREAMS`]`[i]` bytes are changed in place, as Adam changes w, m and v.
    Update(usize),
}

/// Sizes of what is read and updated: from within the first-level cache of any processor to beyond the second level of most. 1,280 KiB
/// hold the quickstart's weights and moments, and 640 KiB half of them, which is what each of two threads has.
pub const STREAMS: [usize; 6] = [16 << 10, 128 << 10, 640 << 10, 1280 << 10, 4 << 20, 16 << 20];

impl Resource {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Resource> {
        use Resource::{Divide, Integer, MultiplyAdd, Read, SquareRoot, Update};
        let streams = 0..STREAMS.len();
        [MultiplyAdd, Divide, SquareRoot, Integer]
            .into_iter()
            .chain(streams.clone().map(Read))
            .chain(streams.map(Update))
    }

    /// Reading where `bytes` are at work.
    pub fn read(bytes: usize) -> Self {
        Resource::Read(stream(bytes))
    }

    /// Updating where `bytes` are at work.
    pub fn update(bytes: usize) -> Self {
        Resource::Update(stream(bytes))
    }
}

/// The smallest stream that is no smaller, else the largest.
fn stream(bytes: usize) -> usize {
    STREAMS.iter().position(|&size| size >= bytes).unwrap_or(STREAMS.len() - 1)
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::MultiplyAdd => f.write_str("multiply-add"),
            Resource::Divide => f.write_str("divide"),
            Resource::SquareRoot => f.write_str("square root"),
            Resource::Integer => f.write_str("integer"),
            Resource::Read(stream) => write!(f, "read {} KiB", STREAMS[*stream] >> 10),
            Resource::Update(stream) => write!(f, "update {} KiB", STREAMS[*stream] >> 10),
        }
    }
}

impl FromStr for Resource {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Resource::all().find(|resource| resource.to_string() == name).ok_or_else(|| Error::Setting {
            name: "resource",
            value: name.into(),
            expected: "choose one that bench::ceiling measures",
        })
    }
}

/// How much of a resource a nanosecond has: operations on one number each, or bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The most that was seen.
    pub best: f64,
    /// The median of what was seen.
    pub median: f64,
}

/// How long a sample takes at least: a hundred times the step of an ordinary browser's clock.
const SAMPLE_MS: f64 = 10.0;

/// Measures every resource, `repeats` times each (at least once); some 10 ms a time. `clock` gives milliseconds since some moment.
pub fn measure(repeats: usize, clock: &dyn Fn() -> f64) -> Vec<(Resource, Rate)> {
    let level = Level::new();
    let largest = STREAMS[STREAMS.len() - 1] / size_of::<f32>();
    let mut memory = vec![1.0; largest];
    Resource::all().map(|resource| (resource, rate(resource, repeats, level, &mut memory, clock))).collect()
}

/// Measures one.
fn rate(
    resource: Resource,
    repeats: usize,
    level: Level,
    memory: &mut [f32],
    clock: &dyn Fn() -> f64,
) -> Rate {
    let mut time = |calls: usize| {
        let start = clock();
        let work: f64 = (0..calls).map(|_| once(resource, level, memory)).sum();
        (clock() - start, work)
    };
    let mut calls = 1;
    // The limit is for a clock that stands still.
    while calls < 1 << 24 && time(calls).0 < SAMPLE_MS {
        calls *= 2;
    }
    let mut rates: Vec<f64> = (0..repeats.max(1))
        .map(|_| {
            let (ms, work) = time(calls);
            work / (ms * 1e6)
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    Rate { best: rates[rates.len() - 1], median: rates[rates.len() / 2] }
}

/// Uses some of a resource, and answers how much.
fn once(resource: Resource, level: Level, memory: &mut [f32]) -> f64 {
    const ROUNDS: usize = 1000;
    let start = black_box([1.0; CHAINS]);
    let (work, result) = match resource {
        Resource::MultiplyAdd if IS_FUSED => {
            dispatch!(level, simd => multiply_adds(simd, ROUNDS, start, black_box(1e-3)))
        }
        Resource::MultiplyAdd => {
            let memory = &memory[..STREAMS[0] / size_of::<f32>()];
            dispatch!(level, simd => products(simd, memory, black_box([1e-3; 4])))
        }
        Resource::Divide => {
            let c = black_box(2.9);
            dispatch!(level, simd => chains(simd, ROUNDS, start, #[inline(always)] |x| splat(simd, c) / x))
        }
        Resource::SquareRoot => {
            let c = black_box(1.7);
            dispatch!(level, simd => chains(simd, ROUNDS, start, #[inline(always)] |x| (x + c).sqrt()))
        }
        Resource::Integer => dispatch!(level, simd => integers(simd, ROUNDS, black_box([1; CHAINS]))),
        Resource::Read(stream) => {
            let memory = &memory[..STREAMS[stream] / size_of::<f32>()];
            dispatch!(level, simd => read(simd, memory))
        }
        Resource::Update(stream) => {
            let memory = &mut memory[..STREAMS[stream] / size_of::<f32>()];
            let [a, b] = black_box([0.5, 0.5]);
            dispatch!(level, simd => update(simd, memory, a, b))
        }
    };
    black_box(result);
    work
}

/// Registers that are worked on by turns: enough that none waits for its last result, and with two for constants, they fit into the
/// sixteen that wasm's engines have on x86.
const CHAINS: usize = 12;

#[inline(always)]
fn splat<S: Simd>(simd: S, value: f32) -> S::f32s {
    S::f32s::simd_from(simd, value)
}

/// What was done, and something that depends on all of it.
type Done = (f64, f32);

#[inline(always)]
fn done<S: Simd>(rounds: usize, x: [S::f32s; CHAINS]) -> Done {
    let sum = x.into_iter().reduce(|a, b| a + b).expect("there is more than one chain");
    ((rounds * CHAINS * S::f32s::LEN) as f64, sum.as_slice().iter().sum())
}

/// `x[i] += a · x[i + 1]`, round and round: as in a matrix product, the sum stays in its register, and no product can be hoisted.
#[inline(always)]
fn multiply_adds<S: Simd>(simd: S, rounds: usize, start: [f32; CHAINS], a: f32) -> Done {
    let mut x = start.map(|x| splat(simd, x));
    let a = splat(simd, a);
    for _ in 0..rounds {
        for i in 0..CHAINS {
            x[i] = a.mul_add(x[(i + 1) % CHAINS], x[i]);
        }
    }
    done::<S>(rounds, x)
}

/// Whether a multiply-add is one instruction, as far as is known before the machine is.
const IS_FUSED: bool = !cfg!(target_arch = "wasm32") || cfg!(target_feature = "relaxed-simd");

/// `x[i] += a[i % 4] · b`, with two b at a time from an array: as in a matrix product whose tile has 4 rows. Where a product is an instruction
/// of its own, [`multiply_adds`] would need a register more for each than there are.
#[inline(always)]
fn products<S: Simd>(simd: S, memory: &[f32], a: [f32; 4]) -> Done {
    let a = a.map(|a| splat(simd, a));
    let mut x = [splat(simd, 0.0); 8];
    for chunk in memory.chunks_exact(2 * S::f32s::LEN) {
        let (b0, b1) = chunk.split_at(S::f32s::LEN);
        let [b0, b1] = [b0, b1].map(|b| S::f32s::from_slice(simd, b));
        for i in 0..4 {
            x[i] = a[i].mul_add(b0, x[i]);
            x[4 + i] = a[i].mul_add(b1, x[4 + i]);
        }
    }
    let sum = x.into_iter().reduce(|a, b| a + b).expect("there is more than one sum");
    ((4 * memory.len()) as f64, sum.as_slice().iter().sum())
}

/// `x[i] = next(x[i])`.
#[inline(always)]
fn chains<S: Simd>(simd: S, rounds: usize, start: [f32; CHAINS], next: impl Fn(S::f32s) -> S::f32s) -> Done {
    let mut x = start.map(|x| splat(simd, x));
    for _ in 0..rounds {
        for x in &mut x {
            *x = next(*x);
        }
    }
    done::<S>(rounds, x)
}

/// A round of Threefry on each of some pairs: an addition, two shifts, an or (a rotation, where there is one) and an exclusive or.
#[inline(always)]
fn integers<S: Simd>(simd: S, rounds: usize, start: [u32; CHAINS]) -> Done {
    let mut x = start.map(|x| S::u32s::simd_from(simd, x));
    let (pairs, _) = x.as_chunks_mut::<2>();
    for _ in 0..rounds {
        for [x0, x1] in pairs.iter_mut() {
            *x0 += *x1;
            *x1 = ((*x1 << 13) | (*x1 >> 19)) ^ *x0;
        }
    }
    let all = x.into_iter().reduce(|a, b| a ^ b).expect("there is more than one pair");
    ((rounds * CHAINS / 2 * 5 * S::u32s::LEN) as f64, all.as_slice()[0] as f32)
}

/// Vectors that a stream takes a round.
const UNROLL: usize = 4;

/// Adds everything up, eight sums by turns. (Sixteen loads a round are no faster.)
#[inline(always)]
fn read<S: Simd>(simd: S, memory: &[f32]) -> Done {
    let mut sums = [splat(simd, 0.0); 2 * UNROLL];
    for chunk in memory.chunks_exact(2 * UNROLL * S::f32s::LEN) {
        for (sum, x) in sums.iter_mut().zip(chunk.chunks_exact(S::f32s::LEN)) {
            *sum += S::f32s::from_slice(simd, x);
        }
    }
    let sum = sums.into_iter().reduce(|a, b| a + b).expect("there is more than one sum");
    (size_of_val(memory) as f64, sum.as_slice().iter().sum())
}

/// `x = x · a + b` for three arrays side by side.
#[inline(always)]
fn update<S: Simd>(simd: S, memory: &mut [f32], a: f32, b: f32) -> Done {
    let width = UNROLL * S::f32s::LEN;
    let length = memory.len() / 3 / width * width;
    let (w, rest) = memory.split_at_mut(length);
    let (m, v) = rest.split_at_mut(length);
    let (a, b) = (splat(simd, a), splat(simd, b));
    let chunks = w.chunks_exact_mut(width).zip(m.chunks_exact_mut(width)).zip(v.chunks_exact_mut(width));
    for ((w, m), v) in chunks {
        for i in 0..UNROLL {
            for array in [&mut *w, &mut *m, &mut *v] {
                let x = &mut array[i * S::f32s::LEN..][..S::f32s::LEN];
                S::f32s::from_slice(simd, x).mul_add(a, b).store_slice(x);
            }
        }
    }
    ((2 * 3 * length * size_of::<f32>()) as f64, w[0] + m[0] + v[0])
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn names_are_read_back() {
        for resource in Resource::all() {
            assert_eq!(resource.to_string().parse(), Ok(resource));
        }
        assert!("read 3 KiB".parse::<Resource>().is_err());
        assert_eq!(Resource::read(1), Resource::Read(0));
        assert_eq!(Resource::update((640 << 10) + 1), Resource::Update(3));
        assert_eq!(Resource::update(1 << 30), Resource::Update(5));
    }

    /// What the loops leave is what their formula says, so that none of it was left out.
    #[test]
    fn the_loops_do_what_they_count() {
        let level = Level::new();
        let start = [1.0; CHAINS];
        let lanes = dispatch!(level, simd => lanes(simd)) as f32;
        let close = |(work, got): Done, operations: f64, want: f32| {
            assert_eq!(work, operations * f64::from(lanes));
            assert!((got - want).abs() <= 1e-3 * want, "got {got}, want {want}");
        };
        let twelve = CHAINS as f32 * lanes;
        // (1 + a)^100; the last of a round reads what the first has become, hence 0.1 %.
        let grown = dispatch!(level, simd => multiply_adds(simd, 100, start, 1e-3));
        close(grown, 1200.0, twelve * 1.001f32.powi(100));
        // Eight sums of 16 products, a fourth of them with each a.
        let ones = vec![1.0; 32 * lanes as usize];
        let products = dispatch!(level, simd => products(simd, &ones, [1.0, 2.0, 3.0, 4.0]));
        close(products, 8.0 * 16.0, 2.0 * 16.0 * lanes * 10.0);
        let inverse =
            dispatch!(level, simd => chains(simd, 101, start, #[inline(always)] |x| splat(simd, 4.0) / x));
        close(inverse, 1212.0, twelve * 4.0);
        let root = dispatch!(level, simd => chains(simd, 100, start, #[inline(always)] |x| (x + 2.0).sqrt()));
        close(root, 1200.0, twelve * 2.0);
        // Pairs of zeros stay zeros; all are combined by exclusive or.
        let mut pairs = [0; CHAINS];
        pairs[1] = 1;
        let (mut x0, mut x1) = (0u32, 1u32);
        for _ in 0..3 {
            x0 = x0.wrapping_add(x1);
            x1 = x1.rotate_left(13) ^ x0;
        }
        let integers = dispatch!(level, simd => integers(simd, 3, pairs));
        assert_eq!(integers, (3.0 * 6.0 * 5.0 * f64::from(lanes), (x0 ^ x1) as f32));

        let mut memory: Vec<f32> = (0..3 * 1024).map(|i| (i % 7) as f32).collect();
        let sum: f32 = memory.iter().sum();
        assert_eq!(dispatch!(level, simd => read(simd, &memory)), (4.0 * 3072.0, sum));
        let want: Vec<f32> = memory.iter().map(|x| x * 0.5 + 3.0).collect();
        let (bytes, _) = dispatch!(level, simd => update(simd, &mut memory, 0.5, 3.0));
        assert_eq!((bytes, memory), (8.0 * 3072.0, want));
    }

    #[inline(always)]
    fn lanes<S: Simd>(_: S) -> usize {
        S::f32s::LEN
    }

    #[test]
    fn every_resource_is_measured() {
        // A clock that is 20 ms on at every look: a call takes long enough.
        let now = Cell::new(0.0);
        let rates = measure(2, &|| now.replace(now.get() + 20.0));
        assert!(rates.iter().map(|(resource, _)| *resource).eq(Resource::all()));
        for (resource, rate) in rates {
            assert!(rate.best > 0.0 && rate.best == rate.median, "{resource}: {rate:?}");
        }
    }
}

//! What a training step has to do, and how long that takes at least on a machine whose [ceilings](super::ceiling) are known.
//!
//! The model, plainly:
//!
//! - Counted is what the formulas cannot do without, however well they are written: no padding, no index, no address, no loop.
//! - Within an Op the resources are used at the same time, so its floor is that of the scarcest. Ops come one after the other, so a
//!   step's floor is the sum of theirs.
//! - A tensor crosses the memory once an Op, to or from where [everything that training changes](state_bytes) lies between two steps.
//!   The first layer's sums are over lists of pixels and cannot be blocked in registers: each of their multiply-adds reads a number more,
//!   from the first-level cache at best.
//! - Activations, a ReLU, the bookkeeping of lists and what a processor needs to start and end a loop cost nothing. Where a part has little
//!   else to do (the batch's lists, softmax), its floor says little.
//! - Threads share the work evenly and wait for nobody, each with caches of its own.

use super::Part;
use super::ceiling::{Rate, Resource, STREAMS};
use crate::augment::Augmentation;
use crate::data::{Dataset, PIXELS};
use crate::model::{Layer, Model};
use crate::optimizer::Rule;
use crate::plan::{Op, Plan};

/// How much of each resource something takes.
pub type Work = Vec<(Resource, f64)>;

/// What a step's work depends on, beside the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Images a step.
    pub batch: usize,
    /// Nonzero pixels of an image, on average.
    pub nonzero: f64,
    /// How many of the 784 pixels are not zero in every image: the others' weights never change.
    pub touched: usize,
    /// How many are not zero in every image of a step, on average: the others' weights have no gradient.
    pub present: f64,
    /// Threads that share it.
    pub threads: usize,
}

impl Load {
    /// For batches of these images.
    pub fn new(dataset: &Dataset, batch: usize, threads: usize) -> Self {
        let all: Vec<usize> = (0..dataset.len()).collect();
        // How many pixels some of the images have.
        let pixels = |rows: &[usize]| {
            let mut has = [false; PIXELS];
            let indices = rows.iter().flat_map(|&row| dataset.nonzero(row).indices);
            indices.for_each(|&pixel| has[usize::from(pixel)] = true);
            has.into_iter().filter(|&it| it).count()
        };
        let nonzero: usize = all.iter().map(|&row| dataset.nonzero(row).indices.len()).sum();
        // In the dataset's order, which is as good as any.
        let batches = all.chunks_exact(batch).map(pixels);
        let count = batches.len().max(1) as f64;
        Load {
            batch,
            nonzero: nonzero as f64 / dataset.len().max(1) as f64,
            touched: pixels(&all),
            present: batches.sum::<usize>() as f64 / count,
            threads,
        }
    }
}

/// u32 operations that Threefry-2x32-20 takes for 64 bits, from `random.rs`: 20 rounds of an addition, a rotation (three operations) and an
/// exclusive or, 5 injections of two key words, and the counter.
const THREEFRY: usize = 20 * 5 + 5 * 2 + 1;

/// Of them an augmented image takes so many times 64 bits.
const AUGMENT_BLOCKS: usize = 8;

/// u32 operations that an augmented pixel takes, from `augment.rs`: where it comes from (in each direction an addition, a shift, a mask), three
/// interpolations (two multiplications, a subtraction, an addition), rounding, and its tone (two multiplications' sum, a shift, an
/// addition, two comparisons).
const WARP: usize = 2 * 3 + 3 * 4 + 2 + 7;

/// For each activation: its 16 bits are taken out of a word, and compared.
const MASK: usize = 2;

/// Multiplications in Adam's update of one weight, fused with an addition or not: two for the moments' means, one for the square of the
/// gradient, one to move the weight, and one and a half more for dividing two weights' steps by one division, which is cheaper than two.
const ADAM: f64 = 5.5;

/// The same where there is no gradient: one less, its square.
const ADAM_FADE: f64 = 4.5;

/// The same of SGD's: one for the momentum, one for the rate.
const SGD: f64 = 2.0;

/// The same where there is no gradient: one for the momentum.
const SGD_FADE: f64 = 1.0;

/// Multiplications of an exponential: the polynomial's and the scaling's.
const EXP: usize = 8;

/// What each part of a training step takes.
pub fn step(model: &Model, plan: &Plan, load: &Load) -> Vec<(Part, Work)> {
    let parts = std::iter::once(Part::Batch).chain(plan.ops().iter().map(|&op| Part::Op(op)));
    parts
        .map(|part| {
            let mut count = Count { load: *load, home: state_bytes(model) / load.threads, work: Work::new() };
            match part {
                Part::Batch => count.batch(),
                Part::Op(op) => count.op(op),
            }
            (part, count.work)
        })
        .collect()
}

/// Bytes of weights and both moments, all of which a step goes through: they lie in the smallest cache that holds them together.
pub fn state_bytes(model: &Model) -> usize {
    3 * size_of::<f32>() * model.parameter_count()
}

/// The least milliseconds that `work` takes, and the resource that it is short of. Zero where there is none.
pub fn floor(work: &Work, ceilings: &[(Resource, Rate)]) -> (f64, Option<Resource>) {
    let ms = |(resource, amount): &(Resource, f64)| {
        let (_, rate) = ceilings.iter().find(|(it, _)| it == resource)?;
        Some((amount / rate.best * 1e-6, Some(*resource)))
    };
    work.iter().filter_map(ms).fold((0.0, None), |most, it| if it.0 > most.0 { it } else { most })
}

/// Adds up what one part takes.
struct Count {
    load: Load,
    /// Bytes of the state that one thread has.
    home: usize,
    work: Work,
}

impl Count {
    fn add(&mut self, resource: Resource, amount: f64) {
        let amount = amount / self.load.threads as f64;
        match self.work.iter_mut().find(|(it, _)| *it == resource) {
            Some((_, sum)) => *sum += amount,
            None => self.work.push((resource, amount)),
        }
    }

    /// The batch's pixels, a u16 and a u8 each, out of a dataset that no cache holds.
    fn batch(&mut self) {
        let pixels = self.load.batch as f64 * self.load.nonzero;
        self.add(Resource::read(STREAMS[STREAMS.len() - 1]), 3.0 * pixels);
    }

    fn op(&mut self, op: Op) {
        match op {
            Op::Augment { augmentation } => self.augment(&augmentation),
            Op::DenseForward { layer, training } => self.forward(&layer, training),
            Op::SoftmaxCrossEntropy { layer } => self.loss(&layer),
            Op::DenseBackwardInput { layer, .. } => self.backward_input(&layer),
            Op::OutputLayer { layer, .. } => {
                self.forward(&layer, true);
                self.loss(&layer);
                self.backward_input(&layer);
            }
            Op::DenseBackwardWeights { layer } => {
                self.product(&layer);
                self.add(Resource::update(self.home), 4.0 * self.weights(&layer));
            }
            Op::Adam { layer } => {
                self.adam(&layer);
                self.add(Resource::update(self.home), 4.0 * self.weights(&layer));
            }
            Op::Sgd { layer } => {
                self.sgd(&layer);
                self.add(Resource::update(self.home), 4.0 * self.weights(&layer));
            }
            Op::DenseUpdate { layer, rule } => {
                self.product(&layer);
                match rule {
                    Rule::Adam => self.adam(&layer),
                    Rule::Sgd => self.sgd(&layer),
                }
            }
        }
    }

    /// Where there is no ink, none comes from anywhere.
    fn augment(&mut self, augmentation: &Augmentation) {
        let changed = (0..self.load.batch).filter(|&row| augmentation.changes(row)).count() as f64;
        let operations = (AUGMENT_BLOCKS * THREEFRY) as f64 + self.load.nonzero * WARP as f64;
        self.add(Resource::Integer, changed * operations);
    }

    /// Weights and biases of a layer that have a gradient in a step: those that the step reads.
    fn weights(&self, layer: &Layer) -> f64 {
        let rows = if layer.index == 0 { self.load.present } else { layer.fan_in as f64 };
        (rows + 1.0) * layer.fan_out as f64
    }

    /// Weights of a layer that have none, but had one before: their moments still move them, and who lets them wait for each other has
    /// them in registers.
    fn fading(&self, layer: &Layer) -> f64 {
        let rows = if layer.index == 0 { self.load.touched as f64 - self.load.present } else { 0.0 };
        rows * layer.fan_out as f64
    }

    /// x · w, or xᵀ · dz: as many multiply-adds.
    fn product(&mut self, layer: &Layer) {
        let terms = if layer.index == 0 { self.load.nonzero } else { layer.fan_in as f64 };
        let multiply_adds = self.load.batch as f64 * terms * layer.fan_out as f64;
        self.add(Resource::MultiplyAdd, multiply_adds);
        if layer.index == 0 {
            self.add(Resource::read(STREAMS[0]), 4.0 * multiply_adds);
        }
    }

    fn forward(&mut self, layer: &Layer, training: bool) {
        self.product(layer);
        self.add(Resource::read(self.home), 4.0 * self.weights(layer));
        if training && layer.dropout_rate > 0.0 {
            let activations = (self.load.batch * layer.fan_out.next_multiple_of(16)) as f64;
            self.add(Resource::Integer, activations * (THREEFRY as f64 / 4.0 + MASK as f64));
        }
    }

    fn loss(&mut self, layer: &Layer) {
        let logits = (self.load.batch * layer.fan_out) as f64;
        self.add(Resource::MultiplyAdd, logits * EXP as f64);
        self.add(Resource::Divide, logits);
    }

    fn backward_input(&mut self, layer: &Layer) {
        self.product(layer);
        self.add(Resource::read(self.home), 4.0 * self.weights(layer));
    }

    fn adam(&mut self, layer: &Layer) {
        let (weights, fading) = (self.weights(layer), self.fading(layer));
        self.add(Resource::MultiplyAdd, weights * ADAM + fading * ADAM_FADE);
        self.add(Resource::Divide, (weights + fading) / 2.0);
        self.add(Resource::SquareRoot, weights);
        // w, m and v, read and written.
        self.add(Resource::update(self.home), 2.0 * 3.0 * 4.0 * weights);
    }

    fn sgd(&mut self, layer: &Layer) {
        let weights = self.weights(layer);
        self.add(Resource::MultiplyAdd, weights * SGD + self.fading(layer) * SGD_FADE);
        // w and the velocity, read and written.
        self.add(Resource::update(self.home), 2.0 * 2.0 * 4.0 * weights);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Fusion;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// MNIST's 60,000 training images have 149.9 nonzero pixels each, 717 pixels that are not zero in all, and 456 that are not in all of 32:
    /// here in round numbers.
    const LOAD: Load = Load { batch: 32, nonzero: 150.0, touched: 717, present: 456.0, threads: 1 };

    fn quickstart(load: &Load) -> Vec<(String, Work)> {
        let model = Model::quickstart();
        let plan = Plan::training(&model, Fusion::Update, Rule::Adam);
        step(&model, &plan, load).into_iter().map(|(part, work)| (part.to_string(), work)).collect()
    }

    /// By hand: 784 · 128 + 128 + 1,290 parameters are 1,221,240 bytes with their moments, which the stream of 1,280 KiB holds.
    #[test]
    fn the_quickstarts_step_by_hand() {
        use Resource::{Divide, Integer, MultiplyAdd, Read, SquareRoot, Update};
        let (first, home) = (0, 3);
        // 32 images · 150 pixels · 128 units.
        let sparse = 614_400.0;
        // 456 rows with a gradient and the biases, of 128 units, and 261 without; then 128 rows and the biases, of 10.
        let (weights1, fading1, weights2) = (58_496.0, 33_408.0, 1_290.0);
        // 32 rows · 128 · 10.
        let dense = 40_960.0;
        assert_eq!(
            quickstart(&LOAD),
            [
                ("batch", vec![(Read(5), 14_400.0)]),
                (
                    "dense_forward 1",
                    vec![
                        (MultiplyAdd, sparse),
                        (Read(first), 4.0 * sparse),
                        (Read(home), 4.0 * weights1),
                        // 111 operations for four activations, and two for each.
                        (Integer, 4096.0 * 29.75),
                    ]
                ),
                ("dense_forward 2", vec![(MultiplyAdd, dense), (Read(home), 4.0 * weights2)]),
                ("softmax_cross_entropy 2", vec![(MultiplyAdd, 2560.0), (Divide, 320.0)]),
                ("dense_backward_input 2", vec![(MultiplyAdd, dense), (Read(home), 4.0 * weights2)]),
                (
                    "dense_update 2",
                    vec![
                        (MultiplyAdd, dense + 5.5 * weights2),
                        (Divide, 645.0),
                        (SquareRoot, weights2),
                        (Update(home), 24.0 * weights2)
                    ]
                ),
                (
                    "dense_update 1",
                    vec![
                        (MultiplyAdd, sparse + 5.5 * weights1 + 4.5 * fading1),
                        (Read(first), 4.0 * sparse),
                        (Divide, 45_952.0),
                        (SquareRoot, weights1),
                        (Update(home), 24.0 * weights1)
                    ]
                ),
            ]
            .map(|(part, work)| (part.to_owned(), work))
        );
    }

    #[test]
    fn augmentation_changes_every_second_image() {
        let model = Model::quickstart();
        let plan = Plan::training(&model, Fusion::Update, Rule::Adam).augmented(Augmentation::ROBUST);
        let parts = step(&model, &plan, &LOAD);
        let (part, work) = &parts[1];
        assert_eq!(part.to_string(), "augment");
        // Eight blocks of 111 operations, and 27 for each of 150 pixels; 16 images.
        assert_eq!(*work, [(Resource::Integer, 16.0 * (888.0 + 4050.0))]);
    }

    #[test]
    fn two_threads_have_half_each_in_caches_of_their_own() {
        let two = quickstart(&Load { threads: 2, ..LOAD });
        for ((_, one), (_, two)) in quickstart(&LOAD).into_iter().zip(&two) {
            assert!(one.iter().map(|(_, amount)| amount / 2.0).eq(two.iter().map(|(_, amount)| *amount)));
        }
        // 610,620 bytes, which 640 KiB hold.
        let (part, work) = two.last().unwrap();
        assert_eq!(part, "dense_update 1");
        assert_eq!(work.last(), Some(&(Resource::Update(2), 12.0 * 58_496.0)));
    }

    #[test]
    fn the_scarcest_resource_is_the_floor() {
        let rate = |best| Rate { best, median: best / 2.0 };
        let ceilings = [(Resource::MultiplyAdd, rate(16.0)), (Resource::Divide, rate(2.0))];
        // A million of each at 16 and 2 a nanosecond.
        let work = vec![(Resource::MultiplyAdd, 1e6), (Resource::Divide, 1e6), (Resource::SquareRoot, 1e9)];
        assert_eq!(floor(&work, &ceilings), (0.5, Some(Resource::Divide)));
        assert_eq!(floor(&work[..1].to_vec(), &ceilings), (0.0625, Some(Resource::MultiplyAdd)));
        assert_eq!(floor(&Work::new(), &ceilings), (0.0, None));
    }

    #[test]
    fn the_load_is_counted_in_the_images() {
        let mut images = vec![0; 2 * PIXELS];
        images[3] = 7;
        images[PIXELS + 3] = 1;
        images[PIXELS + 4] = 1;
        let dataset = Dataset::new(images, vec![0, 1]).unwrap();
        let load = Load { batch: 1, nonzero: 1.5, touched: 2, present: 1.5, threads: 2 };
        assert_eq!(Load::new(&dataset, 1, 2), load);
        // Not enough images for one batch.
        assert_eq!(Load::new(&dataset, 5, 2), Load { batch: 5, present: 0.0, ..load });
    }
}

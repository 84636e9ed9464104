//! The SIMD backend: walks the fused plan on one thread or a team, one file for each [`Op`].
//!
//! All of it is safe code over `fearless_simd`, so one source serves wasm (plain and relaxed), NEON, SSE, AVX2 and
//! AVX-512. Each sum runs in one order, however wide the registers are and however many threads there are.
//!
//! - Matrices lie in panels of 32 columns ([`panel`]): a panel of the quickstart's first layer is 100 KB, so it stays in L2 while a batch
//!   runs over it. What is padding is zero and stays zero: its weights are, so its gradients are, so no update moves it.
//! - A network is cut into strips of panels, one a thread ([`strip`]). [`network`] says what each does and where all meet: twice in a
//!   step of the quickstart.
//! - The first layer sums over nonzero pixels ([`pixels`]); what is dense goes through [`product`].

mod adam;
mod augment;
mod dense_backward_input;
mod dense_backward_weights;
mod dense_forward;
mod dense_update;
mod dropout;
mod exp;
mod lag;
mod network;
mod ops;
mod panel;
mod pixels;
mod product;
mod reading;
mod sgd;
mod softmax_cross_entropy;
mod sparse;
mod strip;
mod update;

use std::sync::Arc;

use fearless_simd::Level;

pub use ops::SimdOps;

use crate::Error;
use crate::backend::{Backend, State, Steps, check_state};
use crate::data::{Dataset, PIXELS};
use crate::metrics::Metrics;
use crate::model::Model;
use crate::plan::{Fusion, Op, Plan};
use crate::team::Team;
use network::{Network, Run, Training};
use strip::{Strip, Which, lock};

/// Images that evaluation takes at a time: enough to reuse a panel of weights from L2, few enough for small buffers.
pub(crate) const EVALUATION_BATCH: usize = 128;

/// The backend that needs nothing but a processor.
#[derive(Debug)]
pub struct Simd {
    network: Arc<Network>,
    team: Team,
    fusion: Fusion,
    evaluation: Arc<[Op]>,
}

/// What a step consists of, for those who time it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part {
    /// The batch's lists of pixels.
    Batch,
    /// An Op of the plan.
    Op(Op),
}

impl Simd {
    /// Starts from `parameters`, with fresh moments, on one thread.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when they are another model's.
    pub fn new(model: &Model, parameters: Vec<f32>) -> Result<Self, Error> {
        Self::with_fusion(model, parameters, Fusion::Update)
    }

    /// As [`Simd::new`], with a choice of plan; the unfused one is the oracle of the fused one.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when they are another model's.
    pub fn with_fusion(model: &Model, parameters: Vec<f32>, fusion: Fusion) -> Result<Self, Error> {
        Self::with_team(model, parameters, fusion, Team::solo())
    }

    /// As [`Simd::with_fusion`], on the threads of a team. The result is the same to the last bit for any number of threads.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when they are another model's.
    pub fn with_team(model: &Model, parameters: Vec<f32>, fusion: Fusion, team: Team) -> Result<Self, Error> {
        // A layer of one panel cannot be shared: a thread would wait for the other's.
        let can_share = model.layers().iter().any(|layer| panel::panels(layer.fan_out) > 1);
        let strips = if can_share { team.threads() } else { 1 };
        let has_gradients = fusion == Fusion::None;
        let strips = (0..strips).map(|index| Strip::new(model, index, strips, has_gradients)).collect();
        let mut simd = Simd {
            network: Arc::new(Network { level: Level::new(), model: model.clone(), strips }),
            team,
            fusion,
            evaluation: in_single_ops(&Plan::evaluation(model)),
        };
        simd.set_state(&State::fresh(parameters))?;
        Ok(simd)
    }

    /// The gradients of the last step, in the order of the parameters. Only the unfused plan leaves any.
    pub(crate) fn gradients(&self) -> Vec<f32> {
        self.gather(Which::Gradients)
    }

    /// Logits of the last batch, `[n, 10]`.
    pub(crate) fn logits(&self) -> Vec<f32> {
        let classes = self.network.model.layers().last().map_or(0, |output| output.fan_out);
        let mut logits = Vec::new();
        for strip in &self.network.strips {
            logits.extend(lock(&strip.own).logits.iter().flat_map(|row| &row[..classes]));
        }
        logits
    }

    /// [`Backend::train`], which never waits here.
    pub(crate) fn train_now(&mut self, steps: Steps<'_>) -> Vec<Metrics> {
        let plan = self.training_plan(&steps);
        self.run(&plan, steps.dataset, steps.order.to_vec(), steps.batch, Some(Training::of(&steps)))
    }

    fn training_plan(&self, steps: &Steps<'_>) -> Arc<[Op]> {
        in_single_ops(&steps.plan(&self.network.model, self.fusion))
    }

    /// Trains, and returns the milliseconds that each part of the steps has taken, summed over them, by a clock that gives milliseconds.
    /// On the caller's thread alone.
    pub(crate) fn profile(&mut self, steps: Steps<'_>, clock: &dyn Fn() -> f64) -> Vec<(Part, f64)> {
        let plan = self.training_plan(&steps);
        let ops = plan.iter().map(|&op| Part::Op(op));
        let mut parts: Vec<_> = std::iter::once(Part::Batch).chain(ops).map(|part| (part, 0.0)).collect();
        let run = Run {
            plan: &plan,
            dataset: steps.dataset,
            order: steps.order,
            batch: steps.batch,
            training: Some(Training::of(&steps)),
        };
        let mut before = clock();
        self.network.run(run, 0..self.network.strips.len(), &|| (), &mut |done| {
            let now = clock();
            let (_, ms) = parts.iter_mut().find(|(part, _)| *part == done).expect("all parts are listed");
            *ms += now - before;
            before = now;
        });
        parts
    }

    /// [`Backend::state`], which never waits here.
    pub(crate) fn state_now(&self) -> State {
        State {
            parameters: self.parameters(),
            m: self.gather(Which::M),
            v: self.gather(Which::RootV).into_iter().map(|root| root * root).collect(),
        }
    }

    /// One tensor of every layer, in the order of the parameters.
    fn gather(&self, which: Which) -> Vec<f32> {
        let mut flat = vec![0.0; self.network.model.parameter_count()];
        self.network.strips.iter().for_each(|strip| strip.get(which, &mut flat));
        flat
    }

    /// Runs a plan on the team.
    fn run(
        &self,
        plan: &Arc<[Op]>,
        dataset: &Arc<Dataset>,
        order: Vec<u32>,
        batch: usize,
        training: Option<Training>,
    ) -> Vec<Metrics> {
        let (network, order) = (&self.network, Arc::<[u32]>::from(order));
        if network.strips.len() == 1 {
            let run = Run { plan, dataset, order: &order, batch, training };
            network.run(run, 0..1, &|| (), &mut |_| ());
            return network.metrics(run);
        }
        let shared = (Arc::clone(network), Arc::clone(plan), Arc::clone(dataset), Arc::clone(&order));
        self.team.run(Arc::new(move |member| {
            let (network, plan, dataset, order) = &shared;
            let run = Run { plan, dataset, order, batch, training };
            let index = member.index();
            network.run(run, index..index + 1, &|| member.barrier(), &mut |_| ());
        }));
        network.metrics(Run { plan, dataset, order: &order, batch, training })
    }
}

/// A plan's Ops, those that a GPU fuses for its dispatches in their parts: here nothing is gained by it.
fn in_single_ops(plan: &Plan) -> Arc<[Op]> {
    let single = |op: &Op| match *op {
        Op::OutputLayer { layer, below } => vec![
            Op::DenseForward { layer, training: true },
            Op::SoftmaxCrossEntropy { layer },
            Op::DenseBackwardInput { layer, below },
        ],
        op => vec![op],
    };
    plan.ops().iter().flat_map(single).collect()
}

impl Backend for Simd {
    fn name(&self) -> &'static str {
        "simd"
    }

    async fn train(&mut self, steps: Steps<'_>) -> Result<Vec<Metrics>, Error> {
        Ok(self.train_now(steps))
    }

    async fn evaluate(&mut self, dataset: &Arc<Dataset>) -> Result<Metrics, Error> {
        let order = (0..dataset.len() as u32).collect();
        let metrics = self.run(&self.evaluation, dataset, order, EVALUATION_BATCH, None);
        Ok(metrics.into_iter().sum())
    }

    async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, Error> {
        // A dataset wants labels; these only reach a loss that nobody reads.
        let dataset = Dataset::new(images.to_vec(), vec![0; images.len() / PIXELS])?;
        let rows: Vec<u32> = (0..dataset.len() as u32).collect();
        let mut logits = Vec::new();
        for order in rows.chunks(EVALUATION_BATCH) {
            self.read(&dataset, order);
            logits.extend(self.logits());
        }
        Ok(logits)
    }

    async fn state(&self) -> Result<State, Error> {
        Ok(self.state_now())
    }

    fn set_state(&mut self, state: &State) -> Result<(), Error> {
        check_state(state, self.network.model.parameter_count())?;
        self.network.strips.iter().for_each(|strip| strip.set(state));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::augment::Augmentation;
    use crate::data::synthetic;
    use crate::optimizer::{Adam, Optimizer, Sgd};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// However a run is cut into calls, and whether rows of w wait for their updates (in a call of many steps) or not (in one of a
    /// single step, and in the unfused plan), the bits are the same.
    #[test]
    fn updates_that_wait_are_the_same_updates() {
        let dataset = Arc::new(synthetic::dataset(0, 0, 60, |_| {}));
        let model = Model::quickstart();
        // Two images a step leave most pixels out of most steps; more than 64 of them, for then moments are cleared.
        let order: Vec<u32> = (0..280).map(|i| i * 7 % 60).collect();
        for optimizer in
            [Optimizer::Adam(Adam::default()), Optimizer::Sgd(Sgd { nesterov: true, ..Sgd::default() })]
        {
            let run = |fusion, steps_a_call: usize| {
                let parameters = model.initial_parameters(1);
                let mut simd = Simd::with_team(&model, parameters, fusion, Team::solo()).unwrap();
                for (call, order) in (0..).zip(order.chunks(2 * steps_a_call)) {
                    let first_step = call * steps_a_call as u32 + 1;
                    simd.train_now(Steps {
                        dataset: &dataset,
                        order,
                        batch: 2,
                        first_step,
                        optimizer,
                        augmentation: Augmentation::NONE,
                        seed: 5,
                    });
                }
                simd.state_now()
            };
            let whole = run(Fusion::Update, 140);
            assert!(
                whole.m.iter().filter(|&&m| m != 0.0).count() > 50_000,
                "most pixels have had a gradient"
            );
            assert!(whole == run(Fusion::Update, 1), "{optimizer:?}: step by step");
            assert!(whole == run(Fusion::Update, 31), "{optimizer:?}: in a few calls");
            assert!(whole == run(Fusion::None, 140), "{optimizer:?}: unfused");
        }
    }

    #[test]
    fn a_profiled_step_is_a_step() {
        let dataset = Arc::new(synthetic::dataset(0, 0, 7, |_| {}));
        let model = Model::quickstart();
        let order: Vec<u32> = (0..7).collect();
        let steps = Steps {
            dataset: &dataset,
            order: &order,
            batch: 3,
            first_step: 1,
            optimizer: Optimizer::default(),
            augmentation: Augmentation::ROBUST,
            seed: 5,
        };
        let mut plain = Simd::new(&model, model.initial_parameters(1)).unwrap();
        let mut profiled = Simd::new(&model, model.initial_parameters(1)).unwrap();
        plain.train_now(steps);
        let reads = Cell::new(0.0);
        let parts = profiled.profile(steps, &|| reads.replace(reads.get() + 1.0));
        assert_eq!(profiled.state_now(), plain.state_now());
        assert_eq!(parts[0].0, Part::Batch);
        let plan = plain.training_plan(&steps);
        assert!(parts[1..].iter().map(|(part, _)| *part).eq(plan.iter().map(|&op| Part::Op(op))));
        // Every reading goes to some part, in each of the three steps, and none is lost.
        assert!(parts.iter().all(|(_, ms)| *ms >= 3.0), "{parts:?}");
        assert_eq!(parts.iter().map(|(_, ms)| ms).sum::<f64>(), reads.get() - 1.0);
    }
}

//! How a gradient moves a weight: Keras's Adam and SGD, and the learning rate on its way through a run.

/// What updates the weights, with its settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Optimizer {
    /// Adam.
    Adam(Adam),
    /// Stochastic gradient descent.
    Sgd(Sgd),
}

/// Which formula an [`Optimizer`] has: what a [`Plan`](crate::plan::Plan) needs to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// [`Adam`]'s.
    Adam,
    /// [`Sgd`]'s.
    Sgd,
}

impl Default for Optimizer {
    /// The quickstart's: Keras's Adam.
    fn default() -> Self {
        Optimizer::Adam(Adam::default())
    }
}

impl Optimizer {
    /// Its formula.
    pub const fn rule(&self) -> Rule {
        match self {
            Optimizer::Adam(_) => Rule::Adam,
            Optimizer::Sgd(_) => Rule::Sgd,
        }
    }

    /// Its step size, as it is set.
    pub const fn learning_rate(&self) -> f32 {
        match self {
            Optimizer::Adam(Adam { learning_rate, .. }) | Optimizer::Sgd(Sgd { learning_rate, .. }) => {
                *learning_rate
            }
        }
    }

    /// Its step size at `step` (from 1), the decay in it.
    pub fn learning_rate_at(&self, step: u32) -> f32 {
        match self {
            Optimizer::Adam(adam) => (f64::from(adam.learning_rate) * adam.left(step)) as f32,
            Optimizer::Sgd(sgd) => sgd.learning_rate,
        }
    }

    /// What the formula multiplies by at `step` (from 1): Adam's [corrected rate](Adam::corrected_rate), SGD's learning rate.
    pub fn rate(&self, step: u32) -> f32 {
        match self {
            Optimizer::Adam(adam) => adam.corrected_rate(step),
            Optimizer::Sgd(sgd) => sgd.learning_rate,
        }
    }

    /// The same with another step size.
    pub const fn with_learning_rate(self, learning_rate: f32) -> Self {
        match self {
            Optimizer::Adam(adam) => Optimizer::Adam(Adam { learning_rate, ..adam }),
            Optimizer::Sgd(sgd) => Optimizer::Sgd(Sgd { learning_rate, ..sgd }),
        }
    }
}

/// Adam's settings (Kingma & Ba 2015).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// Step size.
    pub learning_rate: f32,
    /// Decay of the first moment, in `[0, 1)`. In f64, for what kernels multiply by is [the rest](Self::beta_rests).
    pub beta1: f64,
    /// Decay of the second moment, in `[0, 1)`.
    pub beta2: f64,
    /// Added to the root of the second moment, where Keras adds it ("epsilon hat", just before section 2.1 of the
    /// paper): behind the bias correction, so small gradients' first steps differ from PyTorch's.
    pub epsilon: f32,
    /// After so many steps (at least 1) the learning rate has fallen to zero, in a straight line; none: it stays as it is.
    pub decay_steps: Option<u32>,
}

impl Default for Adam {
    /// Keras's defaults.
    fn default() -> Self {
        // 1e-7 is Keras's default; PyTorch's is 1e-8.
        Adam { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay_steps: None }
    }
}

impl Adam {
    /// `1 - beta1` and `1 - beta2`, rounded once, as Keras has them. From a beta in f32 the difference would have fewer digits than
    /// f32 has: v's share of a new square would be 0.00099998713 for 0.001, and v off by 1.3e-5 of itself.
    pub fn beta_rests(&self) -> [f32; 2] {
        [self.beta1, self.beta2].map(|beta| (1.0 - beta) as f32)
    }

    /// The learning rate with both moments' bias corrections and the decay in it, at `step` (from 1):
    /// `learning_rate · sqrt(1 - beta2^step) / (1 - beta1^step) · (1 - (step - 1) / decay_steps)`.
    pub fn corrected_rate(&self, step: u32) -> f32 {
        // In f64, for 1 - beta2^1 would lose 10 of f32's 24 bits; by squaring, for `powf` differs between platforms.
        // Keras takes beta itself in f32 here, though not for the rests: a rate less by 6.5e-6 of itself than the formula's in the
        // first steps, and the same one.
        let correction = |beta: f64| 1.0 - power(f64::from(beta as f32), step);
        let rate = f64::from(self.learning_rate) * correction(self.beta2).sqrt() / correction(self.beta1);
        (rate * self.left(step)) as f32
    }

    /// What the decay leaves of the learning rate at `step` (from 1): `1 - (step - 1) / decay_steps`.
    fn left(&self, step: u32) -> f64 {
        let left = |steps: u32| 1.0 - f64::from((step - 1).min(steps)) / f64::from(steps);
        self.decay_steps.map_or(1.0, left)
    }
}

/// Settings of stochastic gradient descent, as Keras has it: `velocity = momentum · velocity - learning_rate · gradient`, and a
/// weight moves by its velocity.
///
/// The learning rate is in the velocity, so a change of it acts on new gradients alone; PyTorch multiplies the velocity by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sgd {
    /// Step size.
    pub learning_rate: f32,
    /// What a velocity keeps of itself, in `[0, 1)`; 0 for gradients alone.
    pub momentum: f32,
    /// Whether a weight moves by `momentum · velocity - learning_rate · gradient`: where the next step's momentum would take it
    /// (Nesterov 1983, in the form of Sutskever et al. 2013).
    pub nesterov: bool,
}

impl Default for Sgd {
    /// Keras's learning rate, and the momentum that is usual; Keras has none unless it is asked for.
    fn default() -> Self {
        Sgd { learning_rate: 1e-2, momentum: 0.9, nesterov: false }
    }
}

/// `base^exponent` by squaring.
fn power(mut base: f64, mut exponent: u32) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent % 2 == 1 {
            result *= base;
        }
        base *= base;
        exponent /= 2;
    }
    result
}

/// Another learning rate, from a step on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateChange {
    /// The first step that has it, counted from 1.
    pub step: u32,
    /// The step size from then on.
    pub learning_rate: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_falls_in_a_straight_line() {
        let constant = Adam::default();
        let falling = Adam { decay_steps: Some(1000), ..constant };
        for (step, left) in [(1, 1.0), (2, 0.999), (501, 0.5), (1000, 0.001), (1001, 0.0), (u32::MAX, 0.0)] {
            let (rate, whole) = (falling.corrected_rate(step), constant.corrected_rate(step));
            assert!((rate - left * whole).abs() <= 1e-6 * whole, "step {step}: {rate} of {whole}");
        }
    }

    #[test]
    fn another_learning_rate_changes_nothing_else() {
        let (adam, sgd) = (Adam { beta1: 0.5, ..Adam::default() }, Sgd { nesterov: true, ..Sgd::default() });
        for (optimizer, want) in [
            (Optimizer::Adam(adam), Optimizer::Adam(Adam { learning_rate: 0.25, ..adam })),
            (Optimizer::Sgd(sgd), Optimizer::Sgd(Sgd { learning_rate: 0.25, ..sgd })),
        ] {
            let changed = optimizer.with_learning_rate(0.25);
            assert_eq!((changed, changed.learning_rate(), changed.rule()), (want, 0.25, optimizer.rule()));
        }
    }
}

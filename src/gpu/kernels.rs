//! The table of kernels: what each is put together from, and what it binds.

/// A buffer's role, and its binding in every kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Role {
    /// The uniform `Step`.
    Step,
    /// The uniform `Layer`.
    Layer,
    /// Weights and biases of all layers.
    Parameters,
    /// Their gradients.
    Gradients,
    /// Adam's first moments, or SGD's velocities.
    M,
    /// Adam's second moments.
    V,
    /// Every layer's outputs.
    Y,
    /// The gradients of every layer's sums.
    Dz,
    /// The dataset's pixels, four to a word; behind an augmentation the batch's, as that has left them.
    Images,
    /// Which image comes when.
    Order,
    /// The dataset's labels.
    Labels,
    /// Each row's loss and hit.
    Metrics,
    /// The batch's pixels, changed.
    Augmented,
}

/// What a kernel does with a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A uniform.
    Uniform,
    /// A storage buffer that it only reads.
    Read,
    /// A storage buffer that it writes.
    ReadWrite,
}

/// One compute shader.
#[derive(Debug)]
pub struct Kernel {
    /// Its entry point, its file in `shaders/` and its label.
    pub name: &'static str,
    /// Where x comes from, where that is a choice: `pixels` or `activations`.
    pub input: Option<&'static str>,
    /// What the update goes by, where that is a choice: `adam` or `sgd`.
    pub rule: Option<&'static str>,
    /// Its WGSL, put together.
    pub source: &'static str,
    /// What it binds beside [`Role::Step`] and [`Role::Layer`].
    pub bindings: &'static [(Role, Access)],
}

impl Kernel {
    /// Name, input and rule: unique.
    pub fn label(&self) -> String {
        let parts: Vec<&str> = [Some(self.name), self.input, self.rule].into_iter().flatten().collect();
        parts.join(", ")
    }

    /// Every binding.
    pub fn all_bindings(&self) -> impl Iterator<Item = (Role, Access)> {
        let uniforms = [(Role::Step, Access::Uniform), (Role::Layer, Access::Uniform)];
        uniforms.into_iter().chain(self.bindings.iter().copied())
    }
}

/// WGSL declarations may come in any order, so shaders compose by concatenation. The page is not sent their comments, which are 3 KB of its
/// brotli; lines stay where they are.
macro_rules! wgsl {
    ($($name:literal),+) => {{
        const TEXT: &str = concat!($(include_str!(concat!("../../shaders/", $name, ".wgsl"))),+);
        const CODE: &[u8] = &code::<{ code::<{ TEXT.len() }>(TEXT).1 }>(TEXT).0;
        match std::str::from_utf8(CODE) {
            Ok(code) => code,
            Err(_) => panic!("a comment is cut out whole"),
        }
    }};
}

/// The first bytes of `text` without the comments from `//` to a line's end, and how many there are in all. (WGSL has no strings.)
const fn code<const N: usize>(text: &str) -> ([u8; N], usize) {
    let text = text.as_bytes();
    let mut code = [0; N];
    let (mut at, mut length) = (0, 0);
    while at < text.len() {
        if text[at] == b'/' && at + 1 < text.len() && text[at + 1] == b'/' {
            // With the spaces before it.
            let mut before = at;
            while before > 0 && text[before - 1] == b' ' {
                before -= 1;
                length -= 1;
            }
            while at < text.len() && text[at] != b'\n' {
                at += 1;
            }
        } else {
            if length < N {
                code[length] = text[at];
            }
            length += 1;
            at += 1;
        }
    }
    (code, length)
}

use Access::{Read, ReadWrite};
use Role::{Augmented, Dz, Gradients, Images, Labels, M, Metrics, Order, Parameters, V, Y};

/// [`Augment`](crate::plan::Op::Augment).
pub static AUGMENT: Kernel = Kernel {
    name: "augment",
    input: None,
    rule: None,
    source: wgsl!("bindings", "threefry", "augment"),
    bindings: &[(Images, Read), (Order, Read), (Augmented, ReadWrite)],
};

/// [`DENSE_FORWARD`](crate::plan::Op::DenseForward) of the first layer.
pub static DENSE_FORWARD_PIXELS: Kernel = Kernel {
    name: "dense_forward",
    input: Some("pixels"),
    rule: None,
    source: wgsl!("bindings", "matmul", "relu", "threefry", "dropout", "pixels", "y", "dense_forward"),
    bindings: &[(Parameters, Read), (Y, ReadWrite), (Images, Read), (Order, Read)],
};

/// [`DENSE_FORWARD`](crate::plan::Op::DenseForward) of any other layer.
pub static DENSE_FORWARD_ACTIVATIONS: Kernel = Kernel {
    name: "dense_forward",
    input: Some("activations"),
    rule: None,
    source: wgsl!("bindings", "matmul", "relu", "threefry", "dropout", "activations", "y", "dense_forward"),
    bindings: &[(Parameters, Read), (Y, ReadWrite)],
};

/// [`SoftmaxCrossEntropy`](crate::plan::Op::SoftmaxCrossEntropy).
pub static SOFTMAX_CROSS_ENTROPY: Kernel = Kernel {
    name: "softmax_cross_entropy",
    input: None,
    rule: None,
    source: wgsl!("bindings", "softmax_cross_entropy"),
    bindings: &[(Y, Read), (Dz, ReadWrite), (Order, Read), (Labels, Read), (Metrics, ReadWrite)],
};

/// [`DenseBackwardInput`](crate::plan::Op::DenseBackwardInput).
pub static DENSE_BACKWARD_INPUT: Kernel = Kernel {
    name: "dense_backward_input",
    input: None,
    rule: None,
    source: wgsl!("bindings", "matmul", "relu", "threefry", "dropout", "dense_backward_input"),
    bindings: &[(Parameters, Read), (Y, Read), (Dz, ReadWrite)],
};

/// [`OutputLayer`](crate::plan::Op::OutputLayer).
pub static OUTPUT_LAYER: Kernel = Kernel {
    name: "output_layer",
    input: None,
    rule: None,
    source: wgsl!("bindings", "relu", "threefry", "dropout", "output_layer"),
    bindings: &[
        (Parameters, Read),
        (Y, ReadWrite),
        (Dz, ReadWrite),
        (Order, Read),
        (Labels, Read),
        (Metrics, ReadWrite),
    ],
};

/// [`DenseBackwardWeights`](crate::plan::Op::DenseBackwardWeights) of the first layer.
pub static DENSE_BACKWARD_WEIGHTS_PIXELS: Kernel = Kernel {
    name: "dense_backward_weights",
    input: Some("pixels"),
    rule: None,
    source: wgsl!("bindings", "matmul", "pixels", "gradient", "dense_backward_weights"),
    bindings: &[(Gradients, ReadWrite), (Dz, Read), (Images, Read), (Order, Read)],
};

/// [`DenseBackwardWeights`](crate::plan::Op::DenseBackwardWeights) of any other layer.
pub static DENSE_BACKWARD_WEIGHTS_ACTIVATIONS: Kernel = Kernel {
    name: "dense_backward_weights",
    input: Some("activations"),
    rule: None,
    source: wgsl!("bindings", "matmul", "activations", "y", "gradient", "dense_backward_weights"),
    bindings: &[(Gradients, ReadWrite), (Y, ReadWrite), (Dz, Read)],
};

/// [`Adam`](crate::plan::Op::Adam).
pub static ADAM: Kernel = Kernel {
    name: "adam",
    input: None,
    rule: None,
    source: wgsl!("bindings", "adam_update", "adam"),
    bindings: &[(Parameters, ReadWrite), (Gradients, Read), (M, ReadWrite), (V, ReadWrite)],
};

/// [`Sgd`](crate::plan::Op::Sgd).
pub static SGD: Kernel = Kernel {
    name: "sgd",
    input: None,
    rule: None,
    source: wgsl!("bindings", "sgd_update", "sgd"),
    bindings: &[(Parameters, ReadWrite), (Gradients, Read), (M, ReadWrite)],
};

/// [`DenseUpdate`](crate::plan::Op::DenseUpdate) of the first layer by Adam.
pub static DENSE_UPDATE_PIXELS_ADAM: Kernel = Kernel {
    name: "dense_update",
    input: Some("pixels"),
    rule: Some("adam"),
    source: wgsl!("bindings", "matmul", "pixels", "gradient", "adam_update", "dense_update"),
    bindings: &[
        (Parameters, ReadWrite),
        (M, ReadWrite),
        (V, ReadWrite),
        (Dz, Read),
        (Images, Read),
        (Order, Read),
    ],
};

/// [`DenseUpdate`](crate::plan::Op::DenseUpdate) of any other layer by Adam.
pub static DENSE_UPDATE_ACTIVATIONS_ADAM: Kernel = Kernel {
    name: "dense_update",
    input: Some("activations"),
    rule: Some("adam"),
    source: wgsl!("bindings", "matmul", "activations", "y", "gradient", "adam_update", "dense_update"),
    bindings: &[(Parameters, ReadWrite), (M, ReadWrite), (V, ReadWrite), (Y, ReadWrite), (Dz, Read)],
};

/// [`DenseUpdate`](crate::plan::Op::DenseUpdate) of the first layer by SGD.
pub static DENSE_UPDATE_PIXELS_SGD: Kernel = Kernel {
    name: "dense_update",
    input: Some("pixels"),
    rule: Some("sgd"),
    source: wgsl!("bindings", "matmul", "pixels", "gradient", "sgd_update", "dense_update"),
    bindings: &[(Parameters, ReadWrite), (M, ReadWrite), (Dz, Read), (Images, Read), (Order, Read)],
};

/// [`DenseUpdate`](crate::plan::Op::DenseUpdate) of any other layer by SGD.
pub static DENSE_UPDATE_ACTIVATIONS_SGD: Kernel = Kernel {
    name: "dense_update",
    input: Some("activations"),
    rule: Some("sgd"),
    source: wgsl!("bindings", "matmul", "activations", "y", "gradient", "sgd_update", "dense_update"),
    bindings: &[(Parameters, ReadWrite), (M, ReadWrite), (Y, ReadWrite), (Dz, Read)],
};

/// Every kernel there is.
pub static KERNELS: [&Kernel; 14] = [
    &AUGMENT,
    &DENSE_FORWARD_PIXELS,
    &DENSE_FORWARD_ACTIVATIONS,
    &SOFTMAX_CROSS_ENTROPY,
    &DENSE_BACKWARD_INPUT,
    &OUTPUT_LAYER,
    &DENSE_BACKWARD_WEIGHTS_PIXELS,
    &DENSE_BACKWARD_WEIGHTS_ACTIVATIONS,
    &ADAM,
    &SGD,
    &DENSE_UPDATE_PIXELS_ADAM,
    &DENSE_UPDATE_ACTIVATIONS_ADAM,
    &DENSE_UPDATE_PIXELS_SGD,
    &DENSE_UPDATE_ACTIVATIONS_SGD,
];

//! Strokes → 28 × 28, the way MNIST was made.

//! Handwriting-like digits, made from stroke skeletons.

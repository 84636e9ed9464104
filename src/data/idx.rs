//! The IDX file format.

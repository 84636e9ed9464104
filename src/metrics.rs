//! Loss and accuracy, as sums that can be added.

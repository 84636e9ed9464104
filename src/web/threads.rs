//! Workers of the page as the threads of a [`Team`]: they instantiate the same module on the same memory.
//!
//! `www/team.js` brings them together. The builds without threads have only teams of one.

use wasm_bindgen::prelude::*;

use crate::team::Team;

/// Who computes: the worker that a [`Session`](super::Session) lives in, and those that have joined it.
#[wasm_bindgen]
#[derive(Debug, Clone)]
pub struct Threads(Team);

impl Threads {
    pub(super) fn into_team(self) -> Team {
        self.0
    }
}

#[cfg(target_feature = "atomics")]
mod shared {
    use std::sync::{Mutex, PoisonError};

    use super::*;
    use crate::team::Seat;

    /// Seats that are still empty. In linear memory, as every static: all workers see the same.
    static SEATS: Mutex<Vec<Seat>> = Mutex::new(Vec::new());

    #[wasm_bindgen]
    impl Threads {
        /// Room for `count` threads, this worker and `count - 1` that have yet to call [`join_threads`]: work waits until they have.
        ///
        /// # Errors
        /// When `count` is 0.
        #[wasm_bindgen(constructor)]
        pub fn new(count: usize) -> Result<Threads, JsError> {
            let (team, seats) = Team::gather(count)?;
            *SEATS.lock().unwrap_or_else(PoisonError::into_inner) = seats;
            Ok(Threads(team))
        }
    }

    /// Takes a seat and computes there with the others, for good: the worker that calls this answers nothing any more.
    #[wasm_bindgen(js_name = joinThreads)]
    pub fn join_threads() {
        let seat = SEATS.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(seat) = seat {
            seat.serve();
        }
    }
}

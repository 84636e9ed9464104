//! A team of threads that all run the same function, and meet at barriers in it.
//!
//! ```text
//! caller = member 0   run(work) ─┬─ work ── barrier ── work ─┬─ run returns
//! members 1, 2, …     asleep ────┴─ work ── barrier ── work ─┴─ asleep
//! ```
//!
//! A training step is a tenth of a millisecond and has two or three barriers in it, so who waits first spins: the others come
//! within a few microseconds, and to sleep and be woken takes longer than that. Spinning ends after a while, for another
//! program may have the processor that the others need.
//!
//! Natively the members are threads of this program ([`Team::spawn`]). In the browser they are workers of the page, which
//! share the module's memory and each take one of the [`Seat`]s of [`Team::gather`].

use std::any::Any;
use std::fmt;
use std::hint;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::Error;

/// How often a member looks before it sleeps: for some 13 µs, at 26 ns a look natively (x86's `pause`) and at 0.3 to 1 ns in wasm, whose
/// `spin_loop` is nothing. Measured natively with two threads on two cores, 50 µs of work between barriers: from 8 to 26 µs a step takes
/// 50 to 57 µs, with 1.3 µs it takes 74, for to sleep and be woken costs 20; where another program has one of the cores, spinning is
/// lost time, and the step takes 111 µs at 1.3, 125 at 13 and 250 at 80. In Chromium a step of the quickstart takes 96 µs with 10,000 looks, 73 with
/// 25,000, 71 with 100,000.
const SPINS: u32 = if cfg!(target_arch = "wasm32") { 40_000 } else { 500 };

/// What every member runs.
pub type Work = Arc<dyn Fn(&Member) + Send + Sync>;

/// Threads that compute together: the caller's, and others that sleep while there is nothing to do. A clone is another handle
/// on the same threads; they end when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Team(Arc<Crew>);

/// What the clones of a [`Team`] share.
#[derive(Debug)]
struct Crew {
    /// Member 0: whoever calls [`Team::run`].
    caller: Member,
    running: AtomicBool,
    threads: Vec<JoinHandle<()>>,
}

/// One of a team, as the function that it runs sees it.
#[derive(Debug)]
pub struct Member {
    index: usize,
    shared: Arc<Shared>,
}

/// A member's place before its thread has come.
#[derive(Debug)]
pub struct Seat(Member);

/// What the members share.
struct Shared {
    threads: usize,
    /// Where all meet before and after the work; poisoned, it ends the members.
    gate: Barrier,
    /// Where they meet in the work; poisoned by a panic.
    inside: Barrier,
    work: Mutex<Option<Work>>,
    /// The first panic of the work.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Team {
    /// Only the caller. Costs nothing: a run is a call, and a barrier returns at once.
    pub fn solo() -> Self {
        Team(Arc::new(Crew::new(1)))
    }

    /// The caller and `threads - 1` threads of the team's own.
    ///
    /// # Errors
    /// [`Error::Setting`] for no threads at all, [`Error::NoThread`] where the system gives none, as in the browser, whose workers
    /// come by [`Team::gather`].
    pub fn spawn(threads: usize) -> Result<Self, Error> {
        let (mut crew, seats) = Crew::gather(threads)?;
        for seat in seats {
            let name = format!("sumi {}", seat.0.index);
            let thread = thread::Builder::new().name(name).spawn(|| seat.serve());
            crew.threads.push(thread.map_err(|error| Error::NoThread { reason: error.to_string() })?);
        }
        Ok(Team(Arc::new(crew)))
    }

    /// The caller and `threads - 1` seats, one for each thread that will [serve](Seat::serve). A run waits for all of them.
    ///
    /// # Errors
    /// [`Error::Setting`] for no threads at all.
    pub fn gather(threads: usize) -> Result<(Self, Vec<Seat>), Error> {
        let (crew, seats) = Crew::gather(threads)?;
        Ok((Team(Arc::new(crew)), seats))
    }

    /// How many members there are, with the caller: at least 1.
    pub fn threads(&self) -> usize {
        self.0.caller.threads()
    }

    /// Runs `work` on every member, the caller being member 0, and returns when all have returned. Everything that was
    /// written before is seen by all members, and what they write is seen by the caller.
    ///
    /// # Panics
    /// When a member does, with its message; the others are then stopped at their next barrier. And when the team is
    /// running already: its members cannot begin something else in the midst of it.
    pub fn run(&self, work: Work) {
        let Crew { caller, running, .. } = &*self.0;
        let shared = &caller.shared;
        if shared.threads == 1 {
            return work(caller);
        }
        assert!(!running.swap(true, Ordering::Acquire), "a team runs one thing at a time");
        *lock(&shared.work) = Some(Arc::clone(&work));
        shared.gate.wait().expect("only the last handle's drop poisons the gate");
        caller.attempt(&*work);
        shared.gate.wait().expect("only the last handle's drop poisons the gate");
        // All are out of the work. Nobody but the caller keeps what it holds.
        *lock(&shared.work) = None;
        shared.inside.reset();
        let panic = lock(&shared.panic).take();
        running.store(false, Ordering::Release);
        if let Some(message) = panic {
            panic::resume_unwind(message);
        }
    }
}

impl Crew {
    fn new(threads: usize) -> Self {
        let shared = Shared {
            threads,
            gate: Barrier::new(threads),
            inside: Barrier::new(threads),
            work: Mutex::default(),
            panic: Mutex::default(),
        };
        let caller = Member { index: 0, shared: Arc::new(shared) };
        Crew { caller, running: AtomicBool::new(false), threads: Vec::new() }
    }

    fn gather(threads: usize) -> Result<(Self, Vec<Seat>), Error> {
        if threads == 0 {
            return Err(Error::Setting { name: "threads", value: "0".into(), expected: "choose 1 or more" });
        }
        let crew = Crew::new(threads);
        let seat = |index| Seat(Member { index, shared: Arc::clone(&crew.caller.shared) });
        let seats = (1..threads).map(seat).collect();
        Ok((crew, seats))
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.caller.shared.gate.poison();
        for thread in self.threads.drain(..) {
            // A member that holds the last handle is about to end by itself. None of them panics outside the work.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

impl Seat {
    /// Runs what the team runs; returns when its last handle has been dropped.
    pub fn serve(self) {
        let Seat(member) = self;
        let shared = &member.shared;
        while shared.gate.wait().is_ok() {
            let work = lock(&shared.work).clone().expect("run leaves the work before it opens the gate");
            member.attempt(&*work);
            drop(work);
            if shared.gate.wait().is_err() {
                return;
            }
        }
    }
}

impl Member {
    /// Which member it is: 0 is the caller.
    pub fn index(&self) -> usize {
        self.index
    }

    /// How many members there are.
    pub fn threads(&self) -> usize {
        self.shared.threads
    }

    /// Waits until all members have come here. What any of them wrote before, all of them see after.
    ///
    /// # Panics
    /// When another member has: then it will never come.
    pub fn barrier(&self) {
        if self.shared.inside.wait().is_err() {
            // The panic that counts has been reported.
            panic::resume_unwind(Box::new(Poisoned));
        }
    }

    /// Runs the work up to its end or its panic.
    fn attempt(&self, work: &(dyn Fn(&Member) + Send + Sync)) {
        // Nobody sees what a panic has left half done: it goes on in the caller.
        let Err(panic) = panic::catch_unwind(AssertUnwindSafe(|| work(self))) else { return };
        if !panic.is::<Poisoned>() {
            lock(&self.shared.panic).get_or_insert(panic);
        }
        self.shared.inside.poison();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// The lock, also after a panic: none of ours is held while anything can panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that a barrier will never open again.
#[derive(Debug)]
struct Poisoned;

/// Opens when all have come, and is then closed again.
struct Barrier {
    members: u32,
    arrived: AtomicU32,
    /// Counts how often it has opened, or is [`POISON`].
    round: AtomicU32,
    asleep: AtomicU32,
    door: Mutex<()>,
    opened: Condvar,
}

const POISON: u32 = u32::MAX;

impl Barrier {
    fn new(members: usize) -> Self {
        Barrier {
            members: members as u32,
            arrived: AtomicU32::new(0),
            round: AtomicU32::new(0),
            asleep: AtomicU32::new(0),
            door: Mutex::default(),
            opened: Condvar::new(),
        }
    }

    fn wait(&self) -> Result<(), Poisoned> {
        if self.members == 1 {
            return Ok(());
        }
        let round = self.round.load(Ordering::Acquire);
        if round == POISON {
            return Err(Poisoned);
        }
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.members {
            // Before it opens: the first to leave may be the first to come again.
            self.arrived.store(0, Ordering::Relaxed);
            self.open((round + 1) % POISON);
            return Ok(());
        }
        let mut now = round;
        for _ in 0..SPINS {
            now = self.round.load(Ordering::Acquire);
            if now != round {
                break;
            }
            hint::spin_loop();
        }
        if now == round {
            now = self.sleep(round);
        }
        if now == POISON { Err(Poisoned) } else { Ok(()) }
    }

    /// Lets nobody wait here any more.
    fn poison(&self) {
        self.open(POISON);
    }

    /// Closed and empty, as at first. Nobody may be here.
    fn reset(&self) {
        self.arrived.store(0, Ordering::Relaxed);
        self.round.store(0, Ordering::Release);
    }

    /// Who sleeps counts itself and then looks at the round; who opens sets the round and then looks at the count. In one order for
    /// all threads (`SeqCst`), so one of the two sees the other, and nobody sleeps on. Mostly nobody sleeps at all, and opening is
    /// free of locks and of calls into the system.
    fn open(&self, round: u32) {
        self.round.store(round, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            // Who has counted itself holds the lock until it is really asleep.
            drop(lock(&self.door));
            self.opened.notify_all();
        }
    }

    /// Sleeps until `round` is over, and returns what comes after it.
    fn sleep(&self, round: u32) -> u32 {
        let mut door = lock(&self.door);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        let now = loop {
            let now = self.round.load(Ordering::SeqCst);
            if now != round {
                break now;
            }
            door = self.opened.wait(door).unwrap_or_else(PoisonError::into_inner);
        };
        self.asleep.fetch_sub(1, Ordering::SeqCst);
        now
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::sync::RwLock;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Every size that is worth a look: alone, a pair, and more than this machine may have processors.
    fn teams() -> impl Iterator<Item = Team> {
        (1..=4).map(|threads| Team::spawn(threads).expect("a thread can be had"))
    }

    #[test]
    fn every_member_runs_once() {
        for team in teams() {
            let threads = team.threads();
            let runs: Arc<Vec<AtomicUsize>> = Arc::new((0..threads).map(|_| AtomicUsize::new(0)).collect());
            let seen = Arc::clone(&runs);
            team.run(Arc::new(move |member| {
                assert_eq!(member.threads(), threads);
                seen[member.index()].fetch_add(1, Ordering::Relaxed);
            }));
            assert!(runs.iter().all(|runs| runs.load(Ordering::Relaxed) == 1), "{runs:?}");
            assert_eq!(Arc::strong_count(&runs), 1, "the members have let go of the work");
        }
    }

    #[test]
    fn the_caller_is_the_first_member() {
        for team in teams() {
            let caller = thread::current().id();
            team.run(Arc::new(move |member| {
                assert_eq!(member.index() == 0, thread::current().id() == caller);
            }));
        }
    }

    /// Each adds what the others had before the barrier, thousands of times: a barrier that let one through early, or hid a
    /// write, would change the sums.
    #[test]
    fn a_barrier_orders_writes() {
        const ROUNDS: usize = 5000;
        for team in teams() {
            let threads = team.threads();
            let cells: Arc<Vec<[RwLock<u64>; 2]>> =
                Arc::new((0..threads).map(|index| [RwLock::new(index as u64), RwLock::new(0)]).collect());
            let shared = Arc::clone(&cells);
            team.run(Arc::new(move |member| {
                for round in 0..ROUNDS {
                    let (from, to) = (round % 2, (round + 1) % 2);
                    let sum = shared.iter().map(|cell| *cell[from].read().unwrap());
                    let sum = sum.fold(member.index() as u64, u64::wrapping_add);
                    *shared[member.index()][to].write().unwrap() = sum;
                    member.barrier();
                }
            }));
            let mut want: Vec<u64> = (0..threads as u64).collect();
            for _ in 0..ROUNDS {
                let sum = want.iter().copied().fold(0, u64::wrapping_add);
                want = (0..threads as u64).map(|index| sum.wrapping_add(index)).collect();
            }
            let got: Vec<u64> = cells.iter().map(|cell| *cell[ROUNDS % 2].read().unwrap()).collect();
            assert_eq!(got, want);
        }
    }

    #[test]
    fn many_runs_follow_each_other() {
        for team in teams() {
            let total = Arc::new(AtomicUsize::new(0));
            for run in 0..2000 {
                let total = Arc::clone(&total);
                // A clone is the same team.
                team.clone().run(Arc::new(move |_| {
                    total.fetch_add(run, Ordering::Relaxed);
                }));
            }
            assert_eq!(total.load(Ordering::Relaxed), team.threads() * (0..2000).sum::<usize>());
        }
    }

    /// One member takes so long that the others sleep, at a barrier and at the end; each in its turn, and the caller too.
    #[test]
    fn waits_for_the_slowest() {
        for team in teams() {
            for slowest in 0..team.threads() {
                let done = Arc::new(AtomicUsize::new(0));
                let shared = Arc::clone(&done);
                team.run(Arc::new(move |member| {
                    for round in 1..=3 {
                        if member.index() == slowest {
                            thread::sleep(std::time::Duration::from_millis(5));
                        }
                        shared.fetch_add(1, Ordering::Relaxed);
                        member.barrier();
                        assert_eq!(shared.load(Ordering::Relaxed), round * member.threads());
                        member.barrier();
                    }
                    if member.index() == slowest {
                        thread::sleep(std::time::Duration::from_millis(5));
                    }
                    shared.fetch_add(1, Ordering::Relaxed);
                }));
                assert_eq!(done.load(Ordering::Relaxed), 4 * team.threads());
            }
        }
    }

    /// Whoever panics, the others wait at a barrier that it never reaches, and the caller hears its message.
    #[test]
    fn a_panic_reaches_the_caller() {
        for team in teams() {
            for guilty in 0..team.threads() {
                let work: Work = Arc::new(move |member| {
                    member.barrier();
                    assert!(member.index() != guilty, "member {guilty} has had enough");
                    member.barrier();
                    unreachable!("one of the members never came");
                });
                let panic = panic::catch_unwind(AssertUnwindSafe(|| team.run(work))).unwrap_err();
                let message = panic.downcast::<String>().unwrap();
                assert_eq!(*message, format!("member {guilty} has had enough"));

                // And the team goes on.
                let met = Arc::new(AtomicUsize::new(0));
                let shared = Arc::clone(&met);
                team.run(Arc::new(move |member| {
                    member.barrier();
                    shared.fetch_add(1, Ordering::Relaxed);
                }));
                assert_eq!(met.load(Ordering::Relaxed), team.threads());
            }
        }
    }

    #[test]
    fn threads_end_with_the_last_handle() {
        for team in teams() {
            let shared = Arc::downgrade(&team.0.caller.shared);
            let clone = team.clone();
            drop(team);
            clone.run(Arc::new(|member| member.barrier()));
            drop(clone);
            // Each thread held one of these until its end.
            assert_eq!(shared.strong_count(), 0);
        }
    }

    /// What workers do in the browser.
    #[test]
    fn seats_are_taken_by_whoever_comes() {
        let (team, seats) = Team::gather(3).unwrap();
        let threads: Vec<_> = seats.into_iter().map(|seat| thread::spawn(|| seat.serve())).collect();
        let met = Arc::new(AtomicUsize::new(0));
        let shared = Arc::clone(&met);
        team.run(Arc::new(move |member| {
            shared.fetch_add(1 << (8 * member.index()), Ordering::Relaxed);
        }));
        assert_eq!(met.load(Ordering::Relaxed), 0x01_01_01);
        drop(team);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }

    #[test]
    fn a_team_whose_seats_stay_empty_can_be_dropped() {
        let (team, seats) = Team::gather(3).unwrap();
        drop(team);
        seats.into_iter().for_each(Seat::serve);
    }

    #[test]
    fn nobody_is_no_team() {
        let error = Team::spawn(0).unwrap_err();
        assert_eq!(error.to_string(), "threads is 0: choose 1 or more");
    }

    #[test]
    #[should_panic(expected = "a team runs one thing at a time")]
    fn a_run_within_a_run_is_refused() {
        let team = Team::spawn(2).unwrap();
        let same = team.clone();
        team.run(Arc::new(move |member| {
            if member.index() == 0 {
                same.run(Arc::new(|_| ()));
            }
        }));
    }
}

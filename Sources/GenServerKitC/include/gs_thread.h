// What a thread knows about the process that it runs. A C thread-local, because reading one costs a single instruction.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gs_thread {
  void *_Nullable current;     // the process whose plain handler runs here; not retained
  void *_Nullable spare;       // a reply node for this thread's next call; retained
  void *_Nullable worker;      // the worker that this thread is; not retained
  uint32_t depth;    // watched runs that are nested on this thread: lent ones, and calls on a worker
  uint32_t activations;        // activations that began on this thread and are nested on it
  uint32_t ticket;   // watched runs so far, attempts included, which the watchdog compares
  uint32_t slow;     // the ticket at which the watchdog last found a run too slow
  uint32_t yield_due;          // the watchdog found the thread in lent runs for long
  bool watched;      // known to the watchdog
  bool shared;       // works for all runtimes: users' code that blocks here would hold up every one of them
  uint8_t main;      // whether it is the main thread: 0 not asked yet, 1 no, 2 yes
};

// The record of the calling thread.
struct gs_thread *_Nonnull gs_thread_record(void);

extern _Thread_local struct gs_thread gs_thread_local;

static inline struct gs_thread *_Nonnull gs_thread_self(void) { return &gs_thread_local; }

static inline void *_Nullable gs_thread_swap_current(void *_Nullable process) {
  void *previous = gs_thread_local.current;
  gs_thread_local.current = process;
  return previous;
}

// The thread goes on with something else: what was fast so far stays fast.
static inline void gs_thread_next_run(void) {
  __atomic_store_n(&gs_thread_local.ticket, gs_thread_local.ticket + 1, __ATOMIC_RELAXED);
}

// Comes before the compare-exchange that takes a run right: that instruction orders the new ticket before the look at
// whether the watchdog sleeps.
static inline bool gs_thread_may_lend(uint32_t bound) {
  gs_thread_next_run();
  return gs_thread_local.depth < bound;
}

static inline uint32_t gs_thread_begin_run(void) {
  __atomic_store_n(&gs_thread_local.depth, gs_thread_local.depth + 1, __ATOMIC_RELAXED);
  return gs_thread_local.ticket;
}

// Whether the watchdog found the run that began with this ticket, or one nested in it, too slow.
static inline bool gs_thread_end_run(uint32_t ticket) {
  __atomic_store_n(&gs_thread_local.depth, gs_thread_local.depth - 1, __ATOMIC_RELAXED);
  return (int32_t)(__atomic_load_n(&gs_thread_local.slow, __ATOMIC_RELAXED) - ticket) >= 0;
}

// Whether the watchdog sleeps, and has to be woken by who lends or queues work.
extern uint32_t gs_watchdog_asleep;

// After an atomic read-modify-write, which on x86 orders what came before it with this look; elsewhere a fence has to.
static inline bool gs_watchdog_is_asleep(void) {
#if !defined(__x86_64__)
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
  return __atomic_load_n(&gs_watchdog_asleep, __ATOMIC_RELAXED);
}
static inline void gs_watchdog_falls_asleep(void) { __atomic_store_n(&gs_watchdog_asleep, 1, __ATOMIC_SEQ_CST); }

// Returns whether it slept.
static inline bool gs_watchdog_wakes(void) { return __atomic_exchange_n(&gs_watchdog_asleep, 0, __ATOMIC_ACQ_REL); }

// What the watchdog sees of another thread.
static inline uint32_t gs_thread_ticket(const struct gs_thread *_Nonnull thread) {
  return __atomic_load_n(&thread->ticket, __ATOMIC_RELAXED);
}
static inline bool gs_thread_is_running(const struct gs_thread *_Nonnull thread) {
  return __atomic_load_n(&thread->depth, __ATOMIC_RELAXED) > 0;
}
static inline void gs_thread_mark_slow(struct gs_thread *_Nonnull thread, uint32_t ticket) {
  __atomic_store_n(&thread->slow, ticket, __ATOMIC_RELAXED);
}

static inline void gs_thread_forget_slow(struct gs_thread *_Nonnull thread, uint32_t ticket) {
  if (ticket - __atomic_load_n(&thread->slow, __ATOMIC_RELAXED) > (UINT32_C(1) << 30)) {
    gs_thread_mark_slow(thread, ticket - (UINT32_C(1) << 29));
  }
}

static inline void gs_thread_mark_yield(struct gs_thread *_Nonnull thread) {
  __atomic_store_n(&thread->yield_due, 1, __ATOMIC_RELAXED);
}

// Whether the calling thread is to let others run; asked once per mark.
static inline bool gs_thread_takes_yield(void) {
  if (__builtin_expect(!__atomic_load_n(&gs_thread_local.yield_due, __ATOMIC_RELAXED), 1)) return false;
  __atomic_store_n(&gs_thread_local.yield_due, 0, __ATOMIC_RELAXED);
  return true;
}

// Runs `cleanup` with the thread's record when the calling thread ends.
void gs_thread_on_exit(void (*_Nonnull cleanup)(struct gs_thread *_Nonnull));

// Starts a detached thread with at least so much stack. 0, or the system's error number if it refuses. Of the name, which is
// copied, some systems show fifteen characters.
int gs_thread_start(
    const char *_Nonnull name, size_t stack, void (*_Nonnull body)(void *_Nonnull), void *_Nonnull argument);

void gs_thread_yield(void);

// The n-th pause, counted from 0, of a thread that waits for another one to take a few steps: at first it goes round, then it
// lets others run, at last it sleeps, longer each time.
void gs_thread_back_off(uint32_t turn);

bool gs_thread_find_main(void);

static inline bool gs_thread_is_main(void) {
  if (!gs_thread_local.main) gs_thread_local.main = gs_thread_find_main() ? 2 : 1;
  return gs_thread_local.main == 2;
}

// 1, which the optimizer does not know.
int gs_opaque_one(void);

static inline void gs_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

// An event: `set` wakes the one thread that waits; one that comes before the wait is kept.
#pragma once
#include <stdint.h>
#if !defined(__linux__)
#include <pthread.h>
#endif

struct gs_event {
  uint32_t word;
#if !defined(__linux__)
  pthread_mutex_t mutex;
  pthread_cond_t condition;
#endif
};

void gs_event_init(struct gs_event *event);
void gs_event_set(struct gs_event *event);

// Returns after `set` or after so many nanoseconds; below zero means without limit. The time in which the machine sleeps
// need not count: who waits for an instant of `gs_clock_now` waits for a short while, looks at the clock, and comes again.
void gs_event_wait(struct gs_event *event, int64_t nanoseconds);

#define _GNU_SOURCE
#include "gs_event.h"
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EMPTY = 0, SET = 1, WAITING = 2 };

static long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *time) {
  return syscall(SYS_futex, word, operation, value, time, NULL, 0);
}

void gs_event_init(struct gs_event *event) { event->word = EMPTY; }

void gs_event_set(struct gs_event *event) {
  if (__atomic_exchange_n(&event->word, SET, __ATOMIC_ACQ_REL) == WAITING) {
    futex(&event->word, FUTEX_WAKE_PRIVATE, 1, NULL);
  }
}

void gs_event_wait(struct gs_event *event, int64_t nanoseconds) {
  uint32_t empty = EMPTY;
  if (__atomic_compare_exchange_n(&event->word, &empty, WAITING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    while (__atomic_load_n(&event->word, __ATOMIC_ACQUIRE) == WAITING) {
      long result = futex(&event->word, FUTEX_WAIT_PRIVATE, WAITING, nanoseconds < 0 ? NULL : &time);
      // A limited wait ends here whatever woke it: its users look at the time and come again.
      if (result != 0 && nanoseconds >= 0) break;
    }
  }
  __atomic_exchange_n(&event->word, EMPTY, __ATOMIC_ACQ_REL);
}

#else

void gs_event_init(struct gs_event *event) {
  event->word = 0;
  pthread_mutex_init(&event->mutex, NULL);
#if defined(__APPLE__)
  pthread_cond_init(&event->condition, NULL);
#else
  // Not the clock on the wall, which may be set while somebody waits.
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&event->condition, &attributes);
  pthread_condattr_destroy(&attributes);
#endif
}

void gs_event_set(struct gs_event *event) {
  pthread_mutex_lock(&event->mutex);
  event->word = 1;
  pthread_cond_signal(&event->condition);
  pthread_mutex_unlock(&event->mutex);
}

static void wait_limited(struct gs_event *event, int64_t nanoseconds) {
#if defined(__APPLE__)
  struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  pthread_cond_timedwait_relative_np(&event->condition, &event->mutex, &time);
#else
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  int64_t sum = time.tv_nsec + nanoseconds % 1000000000;
  time.tv_sec += nanoseconds / 1000000000 + sum / 1000000000;
  time.tv_nsec = sum % 1000000000;
  pthread_cond_timedwait(&event->condition, &event->mutex, &time);
#endif
}

void gs_event_wait(struct gs_event *event, int64_t nanoseconds) {
  pthread_mutex_lock(&event->mutex);
  if (nanoseconds < 0) {
    while (!event->word) pthread_cond_wait(&event->condition, &event->mutex);
  } else if (!event->word) {
    wait_limited(event, nanoseconds);
  }
  event->word = 0;
  pthread_mutex_unlock(&event->mutex);
}

#endif

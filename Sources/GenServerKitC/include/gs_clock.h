// The clock behind `ContinuousClock`, without its conversions.
#pragma once
#include <stdint.h>
#include <time.h>

static inline int64_t gs_clock_nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline int64_t gs_clock_now(void) {
#if defined(__linux__)
  return gs_clock_nanoseconds(CLOCK_BOOTTIME);
#else
  return gs_clock_nanoseconds(CLOCK_MONOTONIC);
#endif
}

static inline int64_t gs_clock_wall(void) { return gs_clock_nanoseconds(CLOCK_REALTIME); }

static inline void gs_clock_sleep(int64_t nanoseconds) {
  struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  nanosleep(&time, 0);
}

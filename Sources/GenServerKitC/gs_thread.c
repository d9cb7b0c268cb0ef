#define _GNU_SOURCE
#include "gs_thread.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

_Thread_local struct gs_thread gs_thread_local = {.slow = UINT32_MAX};

uint32_t gs_watchdog_asleep = 0;

struct gs_thread *_Nonnull gs_thread_record(void) { return &gs_thread_local; }

static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static void (*exit_cleanup)(struct gs_thread *_Nonnull);

static void thread_ended(void *unused) {
  (void)unused;
  __atomic_load_n(&exit_cleanup, __ATOMIC_ACQUIRE)(&gs_thread_local);
}
static void make_key(void) { pthread_key_create(&exit_key, thread_ended); }

void gs_thread_on_exit(void (*_Nonnull cleanup)(struct gs_thread *_Nonnull)) {
  __atomic_store_n(&exit_cleanup, cleanup, __ATOMIC_RELEASE);
  pthread_once(&exit_once, make_key);
  pthread_setspecific(exit_key, &gs_thread_local);
}

struct start {
  void (*body)(void *);
  void *argument;
};

static void *run(void *raw) {
  struct start start = *(struct start *)raw;
  free(raw);
  start.body(start.argument);
  return NULL;
}

bool gs_thread_start(void (*_Nonnull body)(void *_Nonnull), void *_Nonnull argument) {
  struct start *start = malloc(sizeof(struct start));
  if (!start) return false;
  start->body = body;
  start->argument = argument;
  pthread_t thread;
  if (pthread_create(&thread, NULL, run, start) != 0) {
    free(start);
    return false;
  }
  pthread_detach(thread);
  return true;
}

void gs_thread_yield(void) { sched_yield(); }

int gs_opaque_one(void) { return 1; }

bool gs_thread_find_main(void) {
#if defined(__APPLE__)
  return pthread_main_np() != 0;
#else
  return getpid() == (pid_t)syscall(SYS_gettid);
#endif
}

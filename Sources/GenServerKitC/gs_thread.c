#define _GNU_SOURCE
#include "gs_thread.h"
#include "gs_clock.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
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
  char name[16];
};

static void *run(void *raw) {
  struct start start = *(struct start *)raw;
  free(raw);
#if defined(__APPLE__)
  pthread_setname_np(start.name);
#elif defined(__linux__)
  pthread_setname_np(pthread_self(), start.name);
#endif
  start.body(start.argument);
  return NULL;
}

// Whole pages, and no less than the system asks for.
static size_t stack_size(size_t wanted) {
  size_t least = PTHREAD_STACK_MIN;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t size = wanted < least ? least : wanted;
  return (size + page - 1) / page * page;
}

int gs_thread_start(const char *_Nonnull name, size_t stack, void (*_Nonnull body)(void *_Nonnull), void *_Nonnull argument) {
  struct start *start = calloc(1, sizeof(struct start));
  if (!start) return ENOMEM;
  start->body = body;
  start->argument = argument;
  strncpy(start->name, name, sizeof start->name - 1);
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (!error) {
    pthread_t thread;
    error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (!error) error = pthread_attr_setstacksize(&attributes, stack_size(stack));
    if (!error) error = pthread_create(&thread, &attributes, run, start);
    pthread_attr_destroy(&attributes);
  }
  if (error) free(start);
  return error;
}

void gs_thread_yield(void) { sched_yield(); }

enum { SPINS = 40, YIELDS = 16, DOUBLINGS = 5 };
static const int64_t first_sleep = 50000;

void gs_thread_back_off(uint32_t turn) {
  if (turn % (SPINS + 1) < SPINS && turn < YIELDS * (SPINS + 1)) return gs_pause();
  if (turn < YIELDS * (SPINS + 1)) return gs_thread_yield();
  uint32_t sleeps = turn - YIELDS * (SPINS + 1);
  gs_clock_sleep(first_sleep << (sleeps < DOUBLINGS ? sleeps : DOUBLINGS));
}

int gs_opaque_one(void) { return 1; }

bool gs_thread_find_main(void) {
#if defined(__APPLE__)
  return pthread_main_np() != 0;
#else
  return getpid() == (pid_t)syscall(SYS_gettid);
#endif
}

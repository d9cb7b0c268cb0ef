#include "gs_enqueue_hook.h"
#include <stddef.h>

#define SWIFT __attribute__((swiftcall))

typedef SWIFT void (*Enqueue)(void *job);
typedef SWIFT void (*Hook)(void *job, Enqueue original);

extern Hook swift_task_enqueueGlobal_hook __attribute__((weak));
extern Hook swift_task_enqueueMainExecutor_hook __attribute__((weak));

static _Thread_local void *context;
static void (*observe)(void *context);
static Hook nextGlobal;
static Hook nextMain;

static void tell(void) {
  if (context) observe(context);
}

// Somebody else may have set a hook before.

static SWIFT void enqueueGlobal(void *job, Enqueue original) {
  tell();
  nextGlobal ? nextGlobal(job, original) : original(job);
}

static SWIFT void enqueueMain(void *job, Enqueue original) {
  tell();
  nextMain ? nextMain(job, original) : original(job);
}

void gs_observe_enqueues(void (*observer)(void *context)) {
  observe = observer;
  if (&swift_task_enqueueGlobal_hook) {
    nextGlobal = swift_task_enqueueGlobal_hook;
    __atomic_store_n(&swift_task_enqueueGlobal_hook, enqueueGlobal, __ATOMIC_RELEASE);
  }
  if (&swift_task_enqueueMainExecutor_hook) {
    nextMain = swift_task_enqueueMainExecutor_hook;
    __atomic_store_n(&swift_task_enqueueMainExecutor_hook, enqueueMain, __ATOMIC_RELEASE);
  }
}

void gs_set_enqueue_context(void *new) { context = new; }

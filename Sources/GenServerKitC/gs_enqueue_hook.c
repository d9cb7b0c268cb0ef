#include "gs_enqueue_hook.h"
#include <stdbool.h>
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
  if (!context) return;
  void (*observer)(void *context) = __atomic_load_n(&observe, __ATOMIC_ACQUIRE);
  if (observer) observer(context);
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
  static bool isSet = false;
  if (__atomic_exchange_n(&isSet, true, __ATOMIC_ACQ_REL)) return;
  __atomic_store_n(&observe, observer, __ATOMIC_RELEASE);
  if (&swift_task_enqueueGlobal_hook) {
    nextGlobal = swift_task_enqueueGlobal_hook;
    swift_task_enqueueGlobal_hook = enqueueGlobal;
  }
  if (&swift_task_enqueueMainExecutor_hook) {
    nextMain = swift_task_enqueueMainExecutor_hook;
    swift_task_enqueueMainExecutor_hook = enqueueMain;
  }
}

void gs_set_enqueue_context(void *new) { context = new; }

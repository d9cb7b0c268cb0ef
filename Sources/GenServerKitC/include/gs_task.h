// The running task, asked directly. `Task.isCancelled` retains and releases the task around each question, which was
// a quarter of the shortest call; these two functions are the language runtime's own, exported and stable.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#if defined(__clang__)
extern __attribute__((swiftcall)) void *swift_task_getCurrent(void);
extern __attribute__((swiftcall)) bool swift_task_isCancelled(void *task);

// An address that identifies the running task while it lives; 0 outside any task.
static inline uintptr_t gs_task_current(void) { return (uintptr_t)swift_task_getCurrent(); }

static inline bool gs_task_is_cancelled(void) {
  void *task = swift_task_getCurrent();
  return task && swift_task_isCancelled(task);
}
#endif

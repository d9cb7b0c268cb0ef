// The running task, asked directly. `Task.isCancelled` retains and releases the task around each question, which was
// a quarter of the shortest call; these functions are the language runtime's own, exported and stable.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#if defined(__clang__)
extern __attribute__((swiftcall)) void *swift_task_getCurrent(void);
extern __attribute__((swiftcall)) bool swift_task_isCancelled(void *task);
extern __attribute__((swiftcall)) void swift_continuation_resume(void *continuation);

// An address that identifies the running task while it lives; 0 outside any task.
static inline uintptr_t gs_task_current(void) { return (uintptr_t)swift_task_getCurrent(); }

static inline bool gs_task_is_cancelled(void) {
  void *task = swift_task_getCurrent();
  return task && swift_task_isCancelled(task);
}
extern __attribute__((swiftcall)) uint64_t swift_task_getJobTaskId(void *job);

// The number of the task whose job this is, which no other task ever has.
static inline uint64_t gs_job_task_id(void *job) { return swift_task_getJobTaskId(job); }

extern __attribute__((swiftcall)) void *swift_task_localValueGet(const void *key);

// Where the running task finds the value of a task-local; NULL if none is bound. Child tasks find their parent's value in
// the same place, while an unstructured task gets copies.
static inline const void *gs_task_local_place(const void *key) { return swift_task_localValueGet(key); }

// Lets the task go on that waits in a continuation without a value.
static inline void gs_continuation_resume(void *continuation) { swift_continuation_resume(continuation); }

extern __attribute__((swiftcall)) const char *swift_EnumCaseName(const void *value, const void *type);

// The name of the case that a value of an enum is, which lives as long as the program; NULL for a value of another type.
static inline const char *gs_enum_case_name(const void *value, const void *type) {
  return swift_EnumCaseName(value, type);
}
#endif

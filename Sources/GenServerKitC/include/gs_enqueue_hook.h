// What a thread hands to the language runtime's global pool and to the main actor, for who wants to know of it. The hooks are
// the runtime's own, exported for such purposes; where they are missing nobody is told.
#pragma once

#if defined(__clang__)
// Calls `observer` with the thread's context whenever a thread with one hands something over. For the whole program, from
// now on; to be called once, before any thread has a context.
void gs_observe_enqueues(void (*observer)(void *context));

// The calling thread's context; NULL for none, as threads begin.
void gs_set_enqueue_context(void *context);
#endif

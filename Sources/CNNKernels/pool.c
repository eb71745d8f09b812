// Threads that run a program of calls together: a barrier between calls, and a fixed share of a call's units
// for each thread. Whoever waits spins for a short while and then sleeps, so that a run on an idle machine
// never asks the system for anything between two calls, and one on a busy machine never holds up a core that
// another needs.

#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "cnn_kernels.h"

enum {
  SHARED_WORK = 4000,    // nanoseconds of a call below which dividing it costs more than it gains
  RUN_WORK = 30000,      // of a run's shared calls, below which it is not worth waking anyone
  SPIN = 60000,          // nanoseconds of spinning before sleeping
  STACK = 2 << 20,       // bytes for a thread; what kernels keep on it is less than half a MiB
  MOST_THREADS = 4096
};

typedef struct {
  pthread_t thread;
  cnn_pool *pool;
  int64_t index;
} worker;

struct cnn_pool {
  int64_t threads;
  int64_t spin;            // nanoseconds
  bool divides_all;
  pthread_mutex_t turn;    // one run at a time
  pthread_mutex_t mutex;   // of those who sleep
  pthread_cond_t changed;
  const cnn_call *calls;
  int64_t count;
  bool ends;
  _Alignas(128) _Atomic int64_t runs;     // begun so far
  _Alignas(128) _Atomic int64_t phase;    // barriers passed so far
  _Alignas(128) _Atomic int64_t arrived;  // threads at the present barrier
  _Alignas(128) _Atomic int64_t sleepers;
  worker workers[];
};

// Denormal numbers cost a hundred times what others do. Both settings belong to a thread.
#if defined(__x86_64__)
static uint64_t float_mode(void) { return __builtin_ia32_stmxcsr(); }
static void set_float_mode(uint64_t mode) { __builtin_ia32_ldmxcsr((unsigned)mode); }
static const uint64_t zero_denormals = 0x8040;  // results and operands
#elif defined(__aarch64__)
static uint64_t float_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
static void set_float_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
static const uint64_t zero_denormals = 1 << 24;
#else
static uint64_t float_mode(void) { return 0; }
static void set_float_mode(uint64_t mode) { (void)mode; }
static const uint64_t zero_denormals = 0;
#endif

static void pause_core(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/// Waits until a word is no longer `old`.
static void await(cnn_pool *pool, _Atomic int64_t *word, int64_t old) {
  const int64_t start = pool->spin > 0 ? now() : 0;
  while (pool->spin > 0 && now() - start < pool->spin) {
    for (int i = 0; i < 32; i++) {
      if (atomic_load_explicit(word, memory_order_acquire) != old) return;
      pause_core();
    }
  }
  pthread_mutex_lock(&pool->mutex);
  // Whoever changes the word looks for sleepers afterwards, so one of the two sees the other.
  atomic_fetch_add(&pool->sleepers, 1);
  while (atomic_load(word) == old) pthread_cond_wait(&pool->changed, &pool->mutex);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
}

/// Changes a word that others wait for.
static void advance(cnn_pool *pool, _Atomic int64_t *word) {
  atomic_fetch_add(word, 1);
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->changed);
  pthread_mutex_unlock(&pool->mutex);
}

static void barrier(cnn_pool *pool) {
  const int64_t phase = atomic_load_explicit(&pool->phase, memory_order_relaxed);
  if (atomic_fetch_add(&pool->arrived, 1) + 1 < pool->threads) {
    await(pool, &pool->phase, phase);
  } else {
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    advance(pool, &pool->phase);
  }
}

static bool is_shared(const cnn_pool *pool, const cnn_call *call) {
  return call->split.units > 1 && (pool->divides_all || call->split.work >= SHARED_WORK);
}

/// One thread's part of a run; thread 0 also does what is not worth dividing.
static void take_part(cnn_pool *pool, int64_t thread) {
  bool was_shared = false;
  for (int64_t i = 0; i < pool->count; i++) {
    const cnn_call *call = &pool->calls[i];
    const bool shared = is_shared(pool, call);
    // Between two calls of thread 0 alone nobody waits.
    if (i > 0 && (shared || was_shared)) barrier(pool);
    was_shared = shared;
    const int64_t units = call->split.units;
    if (shared) {
      const int64_t first = units * thread / pool->threads, end = units * (thread + 1) / pool->threads;
      if (first < end) call->kernel(call->operands, call->parameters, first, end);
    } else if (thread == 0) {
      call->kernel(call->operands, call->parameters, 0, units);
    }
  }
  barrier(pool);
}

static void *work(void *argument) {
  const worker *self = argument;
  cnn_pool *pool = self->pool;
  set_float_mode(float_mode() | zero_denormals);
  for (int64_t run = 0;; run++) {
    await(pool, &pool->runs, run);
    if (pool->ends) return NULL;
    take_part(pool, self->index);
  }
}

/// Whether waking the others is worth it.
static bool is_worth_sharing(const cnn_pool *pool, const cnn_call *calls, int64_t count) {
  int64_t work = 0;
  for (int64_t i = 0; i < count; i++)
    if (is_shared(pool, &calls[i])) work += calls[i].split.work;
  return pool->divides_all || work >= RUN_WORK;
}

void cnn_execute(cnn_pool *pool, const cnn_call *calls, int64_t count) {
  const uint64_t mode = float_mode();
  set_float_mode(mode | zero_denormals);
  if (pool == NULL || pool->threads == 1 || !is_worth_sharing(pool, calls, count)) {
    for (int64_t i = 0; i < count; i++)
      calls[i].kernel(calls[i].operands, calls[i].parameters, 0, calls[i].split.units);
  } else {
    pthread_mutex_lock(&pool->turn);
    pool->calls = calls;
    pool->count = count;
    advance(pool, &pool->runs);
    take_part(pool, 0);
    pthread_mutex_unlock(&pool->turn);
  }
  set_float_mode(mode);
}

/// Ends the first `count` workers.
static void end(cnn_pool *pool, int64_t count) {
  pool->ends = true;
  advance(pool, &pool->runs);
  for (int64_t i = 0; i < count; i++) pthread_join(pool->workers[i].thread, NULL);
  pthread_cond_destroy(&pool->changed);
  pthread_mutex_destroy(&pool->mutex);
  pthread_mutex_destroy(&pool->turn);
  free(pool);
}

cnn_pool *cnn_pool_create(int64_t threads, int64_t divides_all) {
  void *memory = NULL;
  if (threads < 1 || threads > MOST_THREADS) return NULL;
  const size_t workers = (size_t)threads - 1;
  if (posix_memalign(&memory, _Alignof(cnn_pool), sizeof(cnn_pool) + workers * sizeof(worker))) return NULL;
  cnn_pool *pool = memory;
  *pool = (cnn_pool){.threads = threads,
                     .spin = threads <= cnn_available_cores() ? SPIN : 0,
                     .divides_all = divides_all != 0};
  pthread_mutex_init(&pool->turn, NULL);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->changed, NULL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK);
  int64_t started = 0;
  for (; started < threads - 1; started++) {
    worker *next = &pool->workers[started];
    *next = (worker){.pool = pool, .index = started + 1};
    if (pthread_create(&next->thread, &attributes, work, next)) break;
  }
  pthread_attr_destroy(&attributes);
  if (started == threads - 1) return pool;
  end(pool, started);
  return NULL;
}

void cnn_pool_destroy(cnn_pool *pool) { end(pool, pool->threads - 1); }

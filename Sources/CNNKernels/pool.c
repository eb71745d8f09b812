// Threads that run a program of calls together. The caller goes from call to call; a call that is worth it is
// published in parts, which whoever is there claims: a thread that the system has put aside holds up nobody
// unless in the middle of a part. A run wakes who sleeps before its first call. Whoever waits spins, for a few times
// as long as what is waited for takes, and sleeps only then: a run whose threads have cores to themselves never asks
// the system for anything between its first call and its last, and one on a busy machine does not hold up for long
// a core that another needs.

#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "cnn_pool.h"
#include "kernels/denormals.h"

enum {
  SHARED_WORK = 4000,    // nanoseconds of a call below which dividing it costs more than it gains
  WAKING_WORK = 30000,   // of a call for which sleeping threads are woken, or of a run that needs others at all
  SPIN = 60000,          // nanoseconds of spinning before sleeping, and
  PATIENCE = 4,          // as many times more as the call in progress takes
  PARTS = 2,             // of a call, for each thread
  STACK = 2 << 20,       // bytes for a thread; what kernels keep on it is up to 600 KB
  MOST_THREADS = 4096
};

typedef struct {
  pthread_t thread;
  cnn_pool *pool;
  bool takes_last;
} worker;

struct cnn_pool {
  int64_t threads;
  bool spins;
  bool divides_all;
  pthread_mutex_t turn;    // one run at a time
  pthread_mutex_t mutex;   // of those who sleep
  pthread_cond_t changed;
  /// The number of the call that was published last, counted over all runs, and its parts that are not
  /// claimed yet, first..<end: number << 2 * PART_BITS | first << PART_BITS | end.
  _Alignas(128) _Atomic uint64_t published;
  _Atomic(const cnn_call *) call;
  _Atomic int64_t parts;
  _Atomic bool ends;
  _Atomic uint64_t steps;     // of all runs, a call or an end of a run each
  _Atomic int64_t patience;   // nanoseconds to spin from the last step on
  _Alignas(128) _Atomic uint64_t finished;  // parts of that call
  _Alignas(128) _Atomic int64_t sleepers;
  worker workers[];
};

enum { PART_BITS = 16 };
static const uint64_t part_mask = ((uint64_t)1 << PART_BITS) - 1;

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

/// Spins until a word is no longer `old`: returns false where that takes too long.
static bool spin(cnn_pool *pool, _Atomic uint64_t *word, uint64_t old) {
  if (!pool->spins) return false;
  uint64_t step = atomic_load_explicit(&pool->steps, memory_order_relaxed);
  for (int64_t start = now(); now() - start < atomic_load_explicit(&pool->patience, memory_order_relaxed);) {
    for (int i = 0; i < 32; i++) {
      if (atomic_load_explicit(word, memory_order_acquire) != old) return true;
      pause_core();
    }
    const uint64_t next = atomic_load_explicit(&pool->steps, memory_order_relaxed);
    if (next != step) start = now();
    step = next;
  }
  return false;
}

/// Waits until a word is no longer `old`.
static void await(cnn_pool *pool, _Atomic uint64_t *word, uint64_t old) {
  if (spin(pool, word, old)) return;
  pthread_mutex_lock(&pool->mutex);
  for (;;) {
    // Whoever changes the word looks for sleepers afterwards, so one of the two sees the other.
    atomic_fetch_add(&pool->sleepers, 1);
    if (atomic_load(word) != old) break;
    pthread_cond_wait(&pool->changed, &pool->mutex);
  }
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
}

/// Wakes whoever sleeps, after a word has changed.
static void wake(cnn_pool *pool) {
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  // They are awake from here on, though it takes the system some time: nobody else need wake them.
  atomic_store(&pool->sleepers, 0);
  pthread_cond_broadcast(&pool->changed);
  pthread_mutex_unlock(&pool->mutex);
}

/// Says what is next, and how long it takes: those who wait may have to for that long.
static void take_step(cnn_pool *pool, int64_t work) {
  atomic_store_explicit(&pool->patience, SPIN + PATIENCE * work, memory_order_relaxed);
  atomic_fetch_add_explicit(&pool->steps, 1, memory_order_relaxed);
}

/// Claims and computes parts of the published call until none is left; returns what was published then. Some threads
/// take the first, others the last that is left, so that each finds in its cache what it left there the call before.
static uint64_t compute_parts(cnn_pool *pool, bool takes_last) {
  uint64_t seen = atomic_load(&pool->published);
  for (;;) {
    const int64_t first = (int64_t)(seen >> PART_BITS & part_mask), end = (int64_t)(seen & part_mask);
    if (first == end) return seen;
    const cnn_call *call = atomic_load(&pool->call);
    const int64_t parts = atomic_load(&pool->parts), part = takes_last ? end - 1 : first;
    // Both were of the call that was seen if its part is still there to claim: the next call is published
    // after all parts of this one are finished.
    const uint64_t less = takes_last ? seen - 1 : seen + ((uint64_t)1 << PART_BITS);
    if (!atomic_compare_exchange_strong(&pool->published, &seen, less)) continue;
    const int64_t units = call->split.units;
    call->kernel(call->operands, call->parameters, units * part / parts, units * (part + 1) / parts);
    if (atomic_fetch_add(&pool->finished, 1) + 1 == (uint64_t)parts) wake(pool);
    seen = atomic_load(&pool->published);
  }
}

static void *work(void *argument) {
  const worker *self = argument;
  cnn_pool *pool = self->pool;
  cnn_set_float_mode(cnn_float_mode() | cnn_zero_denormals);
  for (;;) {
    const uint64_t seen = compute_parts(pool, self->takes_last);
    if (atomic_load(&pool->ends)) return NULL;
    await(pool, &pool->published, seen);
  }
}

static bool is_shared(const cnn_pool *pool, const cnn_call *call) {
  return call->split.units > 1 && (pool->divides_all || call->split.work >= SHARED_WORK);
}

/// Whether the run is long enough for others to join in.
static bool is_worth_sharing(const cnn_pool *pool, const cnn_call *calls, int64_t count) {
  int64_t work = 0;
  for (int64_t i = 0; i < count; i++)
    if (is_shared(pool, &calls[i])) work += calls[i].split.work;
  return pool->divides_all || work >= WAKING_WORK;
}

/// Publishes a call in parts; no call without parts.
static void publish(cnn_pool *pool, const cnn_call *call, int64_t parts) {
  const uint64_t number = (atomic_load(&pool->published) >> 2 * PART_BITS) + 1;
  atomic_store(&pool->call, call);
  atomic_store(&pool->parts, parts);
  atomic_store(&pool->finished, 0);
  atomic_store(&pool->published, number << 2 * PART_BITS | (uint64_t)parts);
}

/// Runs one call, with whoever comes.
static void share(cnn_pool *pool, const cnn_call *call) {
  int64_t parts = pool->threads * PARTS;
  if (parts > call->split.units) parts = call->split.units;
  publish(pool, call, parts);
  if (pool->divides_all || call->split.work >= WAKING_WORK) wake(pool);
  compute_parts(pool, false);
  for (;;) {
    const uint64_t finished = atomic_load(&pool->finished);
    if (finished == (uint64_t)parts) return;
    await(pool, &pool->finished, finished);
  }
}

static void run_alone(const cnn_call *call) {
  call->kernel(call->operands, call->parameters, 0, call->split.units);
}

void cnn_execute(cnn_pool *pool, const cnn_call *calls, int64_t count) {
  const uint64_t mode = cnn_float_mode();
  cnn_set_float_mode(mode | cnn_zero_denormals);
  if (pool == NULL || pool->threads == 1 || !is_worth_sharing(pool, calls, count)) {
    for (int64_t i = 0; i < count; i++) run_alone(&calls[i]);
  } else {
    pthread_mutex_lock(&pool->turn);
    if (atomic_load(&pool->sleepers) > 0) {
      publish(pool, NULL, 0);
      wake(pool);
    }
    for (int64_t i = 0; i < count; i++) {
      take_step(pool, calls[i].split.work);
      if (is_shared(pool, &calls[i]))
        share(pool, &calls[i]);
      else
        run_alone(&calls[i]);
    }
    take_step(pool, 0);
    pthread_mutex_unlock(&pool->turn);
  }
  cnn_set_float_mode(mode);
}

/// Ends the first `count` workers.
static void end(cnn_pool *pool, int64_t count) {
  atomic_store(&pool->ends, true);
  atomic_fetch_add(&pool->published, (uint64_t)1 << 2 * PART_BITS);
  wake(pool);
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
                     .spins = threads <= cnn_available_cores(),
                     .patience = SPIN,
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
    next->pool = pool;
    next->takes_last = started % 2 == 0;
    if (pthread_create(&next->thread, &attributes, work, next)) break;
  }
  pthread_attr_destroy(&attributes);
  if (started == threads - 1) return pool;
  end(pool, started);
  return NULL;
}

void cnn_pool_destroy(cnn_pool *pool) { end(pool, pool->threads - 1); }

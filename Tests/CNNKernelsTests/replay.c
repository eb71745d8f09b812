// Runs again what the kernel tests recorded (`KernelRecording` says how), and compares: results with what was
// recorded, within the tolerance; memory outside results with what it was, and several threads with one, bit for
// bit. Fails if a kernel was never run.
//
//   replay ISA FILE [KERNEL...]    ISA: the instruction set that must be in use here
//                                  KERNEL: one that it need not have; what calls it is left out

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "cnn_pool.h"

enum { THREADS = 3, MOST_CALLS = 4096, MOST_KERNELS = 1024, MOST_COMPLAINTS = 20 };

/// The recordings, and how far they are read.
static const char *next_byte, *last_byte;

/// What is being run.
static const char *label;
static int label_length;

static int64_t complaints, left_out;

static void fail(const char *why) {
  fprintf(stderr, "replay: %s\n", why);
  exit(2);
}

static void complain(const char *why) {
  if (complaints++ < MOST_COMPLAINTS) fprintf(stderr, "%.*s: %s\n", label_length, label, why);
}

// MARK: - Reading

static const void *read_bytes(uint64_t count) {
  const char *start = next_byte;
  if (count > (uint64_t)(last_byte - next_byte)) fail("the recording is cut off");
  next_byte += (count + 7) / 8 * 8;
  return start;
}

static uint64_t read_word(void) {
  uint64_t word;
  memcpy(&word, read_bytes(8), 8);
  return word;
}

static const float *read_floats(uint64_t *count) {
  *count = read_word();
  return read_bytes(*count * sizeof(float));
}

static bool is_text(const char *text, const char *expected, uint64_t length) {
  return strlen(expected) == length && memcmp(text, expected, length) == 0;
}

// MARK: - Kernels

static const cnn_kernel_entry *table;
static int64_t runs_of[MOST_KERNELS];

/// Kernels that need not be there.
static char **optional;
static int optional_count;

/// NULL for a kernel that is not there and need not be.
static const cnn_kernel_entry *read_entry(void) {
  const uint64_t length = read_word();
  const char *name = read_bytes(length);
  const uint64_t fields_length = read_word();
  const char *fields = read_bytes(fields_length);
  for (int i = 0; table[i].name != NULL; i++) {
    if (!is_text(name, table[i].name, length)) continue;
    if (!is_text(fields, table[i].fields, fields_length)) fail("a kernel has other fields than were recorded");
    runs_of[i]++;
    return &table[i];
  }
  for (int i = 0; i < optional_count; i++)
    if (is_text(name, optional[i], length)) return NULL;
  fail("a kernel is recorded that is not there");
  return NULL;
}

/// A call whose operands are in `memory`. Without a kernel where that is not there and need not be.
static cnn_call read_call(float *memory, uint64_t count) {
  const cnn_kernel_entry *entry = read_entry();
  const uint64_t words = read_word();
  cnn_call call = {.kernel = entry ? entry->kernel : NULL, .parameters = read_bytes(words * 8)};
  const uint64_t operands = read_word();
  if (operands > sizeof call.operands / sizeof *call.operands) fail("a call with too many operands");
  for (uint64_t i = 0; i < operands; i++) {
    const uint64_t place = read_word();
    if (place == UINT64_MAX) continue;
    if (place > count) fail("an operand outside of the memory");
    call.operands[i] = memory + place;
  }
  if (entry != NULL) call.split = entry->split(call.parameters);
  return call;
}

// MARK: - Comparing

/// Compares a tensor that was written, and then makes it what it was before.
static void compare(const float *expected, const float *before, float *found, uint64_t count, double tolerance) {
  double scale = 0, worst = 0;
  for (uint64_t i = 0; i < count; i++)
    if (isfinite(expected[i])) scale = fmax(scale, fabs((double)expected[i]));
  for (uint64_t i = 0; i < count; i++) {
    // Not-a-number stands for anything: a lane of no channel, an order of the instruction set's own.
    if (isnan(expected[i]) || expected[i] == found[i]) continue;
    const double error = fabs((double)expected[i] - found[i]);
    worst = error >= 0 ? fmax(worst, error) : INFINITY;
  }
  if (!(worst <= tolerance * scale)) {
    char why[128];
    snprintf(why, sizeof why, "an error of %g where the largest element is %g", worst, scale);
    complain(why);
  }
  memcpy(found, before, count * sizeof(float));
}

/// Runs calls, from `before`.
static void run(cnn_pool *pool, const cnn_call *calls, uint64_t count, float *memory, const float *before,
                uint64_t size) {
  memcpy(memory, before, size * sizeof(float));
  cnn_execute(pool, calls, (int64_t)count);
}

static float *allocate(uint64_t count) {
  float *memory = malloc(count * sizeof(float) + 1);
  if (memory == NULL) fail("no memory");
  return memory;
}

/// Runs one recording.
static void replay(cnn_pool *pool) {
  if (read_word() != 8 || memcmp(read_bytes(8), "CNNCALLS", 8) != 0) fail("that is no recording");
  label_length = (int)read_word();
  label = read_bytes((uint64_t)label_length);
  const uint64_t bits = read_word();
  double tolerance;
  memcpy(&tolerance, &bits, 8);
  uint64_t size;
  const float *before = read_floats(&size);
  const uint64_t tensors = read_word();
  const char *results = next_byte;
  for (uint64_t i = 0; i < tensors; i++) {
    uint64_t count;
    read_word();
    read_floats(&count);
  }

  float *memory = allocate(size), *alone = allocate(size);
  static cnn_call calls[MOST_CALLS];
  const uint64_t count = read_word();
  if (count > MOST_CALLS) fail("too many calls");
  bool is_complete = true;
  for (uint64_t i = 0; i < count; i++) {
    calls[i] = read_call(memory, size);
    is_complete = is_complete && calls[i].kernel != NULL;
  }
  const char *end = next_byte;
  if (!is_complete) {
    left_out++;
    free(memory);
    free(alone);
    return;
  }

  run(NULL, calls, count, memory, before, size);
  memcpy(alone, memory, size * sizeof(float));
  run(pool, calls, count, memory, before, size);
  if (memcmp(alone, memory, size * sizeof(float)) != 0) complain("threads compute something else");

  next_byte = results;
  for (uint64_t i = 0; i < tensors; i++) {
    const uint64_t start = read_word();
    uint64_t length;
    const float *expected = read_floats(&length);
    if (start + length > size) fail("a result outside of the memory");
    compare(expected, before + start, alone + start, length, tolerance);
  }
  if (memcmp(before, alone, size * sizeof(float)) != 0) complain("something outside of the results is written");
  next_byte = end;
  free(memory);
  free(alone);
}

static void open_recordings(const char *path) {
  struct stat status;
  const int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0) fail("there are no recordings");
  next_byte = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  if (next_byte == MAP_FAILED) fail("cannot read the recordings");
  last_byte = next_byte + status.st_size;
}

int main(int count, char **arguments) {
  if (count < 3) fail("usage: replay ISA FILE [KERNEL...]");
  optional = arguments + 3;
  optional_count = count - 3;
  const char *isa = cnn_isa();
  if (isa == NULL || strcmp(isa, arguments[1]) != 0) {
    fprintf(stderr, "replay: the instruction set in use is %s, not %s\n", isa ? isa : "none", arguments[1]);
    return 1;
  }
  table = cnn_kernels();
  open_recordings(arguments[2]);
  cnn_pool *pool = cnn_pool_create(THREADS, 1);
  if (pool == NULL) fail("no threads");
  int64_t recordings = 0, missing = 0, kernels = 0;
  for (; next_byte < last_byte; recordings++) replay(pool);
  cnn_pool_destroy(pool);
  for (; table[kernels].name != NULL; kernels++) {
    if (kernels == MOST_KERNELS) fail("too many kernels");
    if (runs_of[kernels] > 0) continue;
    fprintf(stderr, "%s: no kernel test runs it through KernelChecker.Memory\n", table[kernels].name);
    missing++;
  }
  printf("%s: %" PRId64 " recordings of %" PRId64 " kernels, %" PRId64 " left out, %" PRId64 " complaints, %" PRId64
         " kernels missing\n",
         isa, recordings, kernels, left_out, complaints, missing);
  return complaints > 0 || missing > 0;
}

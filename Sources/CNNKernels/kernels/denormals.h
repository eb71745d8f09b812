// Denormal numbers cost a hundred times what others do: while a network runs they are taken for zero. The setting
// belongs to a thread.

#ifndef CNN_DENORMALS_H
#define CNN_DENORMALS_H

#include <stdint.h>

#if defined(__x86_64__)
static uint64_t cnn_float_mode(void) { return __builtin_ia32_stmxcsr(); }
static void cnn_set_float_mode(uint64_t mode) { __builtin_ia32_ldmxcsr((unsigned)mode); }
static const uint64_t cnn_zero_denormals = 0x8040;  // results and operands
#elif defined(__aarch64__)
static uint64_t cnn_float_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
static void cnn_set_float_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
static const uint64_t cnn_zero_denormals = 1 << 24;
#else
static uint64_t cnn_float_mode(void) { return 0; }
static void cnn_set_float_mode(uint64_t mode) { (void)mode; }
static const uint64_t cnn_zero_denormals = 0;
#endif

#endif

// A filter makes the kernel send a signal in place of each system call; the signal's handler counts it and does it, by
// the one instruction that the filter lets through.

#define _GNU_SOURCE
#include "system_call_counter.h"

#include <errno.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static _Atomic int64_t all;
static _Thread_local volatile int64_t own;

/// Does a system call: its number, then six arguments. What stands behind its instruction is `counted_call_end`.
long counted_call(const long *call);
extern const char counted_call_end[];

#if defined(__x86_64__)

enum { ARCHITECTURE = AUDIT_ARCH_X86_64 };

__asm__(
    ".text\n.globl counted_call\n.type counted_call,@function\ncounted_call:\n"
    "  mov (%rdi), %rax\n  mov 16(%rdi), %rsi\n  mov 24(%rdi), %rdx\n  mov 32(%rdi), %r10\n"
    "  mov 40(%rdi), %r8\n  mov 48(%rdi), %r9\n  mov 8(%rdi), %rdi\n  syscall\n"
    ".globl counted_call_end\ncounted_call_end:\n  ret\n");

static void do_call(ucontext_t *context) {
  greg_t *registers = context->uc_mcontext.gregs;
  const long call[] = {registers[REG_RAX], registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                       registers[REG_R10], registers[REG_R8],  registers[REG_R9]};
  registers[REG_RAX] = counted_call(call);
}

#else

enum { ARCHITECTURE = AUDIT_ARCH_AARCH64 };

__asm__(
    ".text\n.globl counted_call\n.type counted_call,@function\ncounted_call:\n"
    "  mov x9, x0\n  ldr x8, [x9]\n  ldp x0, x1, [x9, 8]\n  ldp x2, x3, [x9, 24]\n  ldp x4, x5, [x9, 40]\n"
    "  svc 0\n.globl counted_call_end\ncounted_call_end:\n  ret\n");

static void do_call(ucontext_t *context) {
  unsigned long long *registers = context->uc_mcontext.regs;
  const long call[] = {(long)registers[8], (long)registers[0], (long)registers[1], (long)registers[2],
                       (long)registers[3], (long)registers[4], (long)registers[5]};
  registers[0] = (unsigned long long)counted_call(call);
}

#endif

static void handle(int signal, siginfo_t *information, void *context) {
  (void)signal;
  (void)information;
  const int before = errno;
  all++;
  own++;
  do_call(context);
  errno = before;
}

/// Lets a system call by its number through uncounted, where it has one.
#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

int cnn_count_system_calls(void) {
  own = 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
  if (sigaction(SIGSYS, &action, NULL) != 0) return errno;
  const uint64_t end = (uint64_t)(uintptr_t)counted_call_end;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      // The handler's own, by where it comes from.
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)end, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(end >> 32), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      // What a handler cannot do for another.
      ALLOW(SYS_rt_sigreturn), ALLOW(SYS_rt_sigprocmask), ALLOW(SYS_clone), ALLOW(SYS_clone3), ALLOW(SYS_set_robust_list),
      ALLOW(SYS_rseq), ALLOW(SYS_madvise), ALLOW(SYS_exit), ALLOW(SYS_exit_group), ALLOW(SYS_execve),
    
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
  };
  const struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  const long outcome = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  return outcome == 0 ? 0 : outcome > 0 ? EBUSY : errno;
}

int64_t cnn_system_call_count(void) { return all; }

int64_t cnn_own_system_call_count(void) { return own; }

#else

int cnn_count_system_calls(void) { return ENOSYS; }

int64_t cnn_system_call_count(void) { return -1; }

int64_t cnn_own_system_call_count(void) { return -1; }

#endif

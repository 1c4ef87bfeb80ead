// A run takes no memory but the caller's: it calls no allocation function and makes no system call.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "generated.h"

namespace intaglio_cli {
namespace {

/// Between them every family of kernels.
const Words networks = {"resnet18.ts",      "resnet18_group_norm.ts", "ghostnet_100.ts",  "s1_resnet1d.ts",
                        "s8_multiscale.ts", "resnext50_32x4d.ts",     "convnext_tiny.ts", "unet_transposed.ts",
                        "hrnet.ts",         "shufflenet_v2.ts"};

/// The program's own allocation functions count their calls. They give memory from a pool, for the C library may need
/// some.
const char* const counting_functions = R"(
#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned char pool[1 << 20] __attribute__((aligned(64)));
static size_t used;
static volatile int calls;

static void *take(size_t alignment, size_t bytes) {
  void *result;
  calls = calls + 1;
  used = (used + alignment - 1) / alignment * alignment;
  if (bytes > sizeof pool - used) return NULL;
  result = pool + used;
  used += bytes;
  return result;
}
void *malloc(size_t bytes) { return take(16, bytes); }
void *calloc(size_t count, size_t bytes) { return take(16, count * bytes); } /* nothing is given twice: still zero */
void *realloc(void *old, size_t bytes) {
  void *const result = take(16, bytes);
  if (old && result) memmove(result, old, bytes); /* old lies in front: what is read past its end is still the pool */
  return result;
}
void free(void *old) { calls = calls + (old != NULL); }
void *aligned_alloc(size_t alignment, size_t bytes) { return take(alignment, bytes); }
void *memalign(size_t alignment, size_t bytes) { return take(alignment, bytes); }
void *valloc(size_t bytes) { return take(4096, bytes); }
int posix_memalign(void **result, size_t alignment, size_t bytes) { return (*result = take(alignment, bytes)) == NULL ? ENOMEM : 0; }
static void *refused(void) { calls = calls + 1; return (void *)-1; }
void *mmap(void *at, size_t bytes, int access, int flags, int file, long offset) {
  (void)at, (void)bytes, (void)access, (void)flags, (void)file, (void)offset;
  return refused();
}
void *mmap64(void *at, size_t bytes, int access, int flags, int file, long offset) {
  return mmap(at, bytes, access, flags, file, offset);
}
void *mremap(void *at, size_t old, size_t bytes, int flags, ...) { (void)at, (void)old, (void)bytes, (void)flags; return refused(); }
int munmap(void *at, size_t bytes) { (void)at, (void)bytes; return (int)(ptrdiff_t)refused(); }
int brk(void *end) { (void)end; return (int)(ptrdiff_t)refused(); }
void *sbrk(long by) { (void)by; return refused(); }
)";

/// Calls each network's run() between two looks at the count. With an argument, first gives up all system calls but
/// read, write and exit: the kernel kills the program at any other.
const char* const main_function = R"(
int main(int argc, char **argv) {
  void *(*volatile allocate)(size_t) = malloc;
  int before = calls;
  size_t i;
  (void)argv;
  if (!allocate(1) || calls != before + 1) return 2; /* the functions above are those that are called */
  if (argc > 1 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) return 77;
  for (i = 0; i < sizeof networks / sizeof *networks; ++i) {
    int status;
    before = calls;
    status = networks[i].run();
    if (status != 0 || calls != before) {
      const char *const name = networks[i].name;
      (void)!write(1, name, strlen(name));
      (void)!write(1, status != 0 ? " failed\n" : " allocated\n", status != 0 ? 8 : 11);
      syscall(SYS_exit, 1);
    }
  }
  (void)!write(1, "done\n", 5);
  syscall(SYS_exit, 0);
  return 0;
}
)";

/// static int run_NAME(void), with its arena, inputs and outputs in static memory.
std::string run_function(const Generated& net, const std::string& upper) {
  std::string buffers, pointers;
  auto add = [&](const char* list, const char* kind, const char* qualifier) {
    for (size_t i = 0; i < net.manifest()["interface"][list].size(); ++i) {
      const std::string macro = upper + "_" + kind + "_" + std::to_string(i),
                        buffer = std::string(list) + std::to_string(i);
      buffers += "  static " + macro + "_TYPE " + buffer + "[" + macro + "_ELEMENTS];\n";
      pointers += "  io." + net.member(list, i) + " = " + qualifier + buffer + ";\n";
    }
  };
  add("inputs", "INPUT", "");
  add("outputs", "OUTPUT", "");
  return "\n#include \"" + net.name() + ".h\"\nstatic int run_" + net.name() + "(void) {\n  " + upper +
         "_ARENA(arena);\n" + buffers + "  " + net.name() + "_memory memory = {arena, NULL};\n  " + net.name() +
         "_io io;\n" + pointers + "  return " + net.name() + "_run(&memory, &io);\n}\n";
}

TEST(Allocation, NoneDuringARun) {
  const std::string target = runs_here("avx2") ? "avx2" : "portable";
  const TemporaryFolder scratch;
  std::string source = counting_functions,
              table = "\nstatic const struct { const char *name; int (*run)(void); } networks[] = {\n";
  Words folders, objects;
  for (size_t i = 0; i < networks.size(); ++i) {
    const std::string name = "net" + std::to_string(i);
    const Generated net(scratch / name, networks[i] + ".onnx", name, target);
    source += run_function(net, "NET" + std::to_string(i));
    table += "    {\"" + networks[i] + "\", run_" + name + "},\n";
    folders.push_back(net.folder());
    objects = objects + net.build("g++", {"-O1"});
  }
  build_c_program(scratch / "program", source + table + "};\n" + main_function, folders, objects,
                  {"-D_GNU_SOURCE", "-fno-builtin"});
  const Outcome counted = run({scratch / "program"});
  EXPECT_EQ(counted.status, 0);
  EXPECT_EQ(counted.out, "done\n");
  const Outcome confined = run({scratch / "program", "confined"});
  if (confined.status == 77)
    GTEST_SKIP() << "no allocation function was called, but this machine cannot check for system calls";
  EXPECT_EQ(confined.status, 0) << "128 + 9: a system call during a run";
  EXPECT_EQ(confined.out, "done\n");
}

}  // namespace
}  // namespace intaglio_cli

// A program without a C library for Cortex-M55 that runs one generated network's self-test with guards around its
// arena, prints the outcome through semihosting, and ends the emulator with it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stddef.h>
#include <stdint.h>

#include "net.h"

extern "C" {

extern uint32_t clear_begin[], clear_end[], stack_top[];

// ---- what compilers expect of a C library -------------------------------------------------------------------------

void* memcpy(void* to, const void* from, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) static_cast<char*>(to)[i] = static_cast<const char*>(from)[i];
  return to;
}
void* memset(void* to, int byte, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) static_cast<char*>(to)[i] = static_cast<char>(byte);
  return to;
}
void __aeabi_memcpy(void* to, const void* from, size_t bytes) { memcpy(to, from, bytes); }
void __aeabi_memcpy4(void* to, const void* from, size_t bytes) { memcpy(to, from, bytes); }
void __aeabi_memcpy8(void* to, const void* from, size_t bytes) { memcpy(to, from, bytes); }
void __aeabi_memset(void* to, size_t bytes, int byte) { memset(to, byte, bytes); }
void __aeabi_memset4(void* to, size_t bytes, int byte) { memset(to, byte, bytes); }
void __aeabi_memset8(void* to, size_t bytes, int byte) { memset(to, byte, bytes); }
void __aeabi_memclr(void* to, size_t bytes) { memset(to, 0, bytes); }
void __aeabi_memclr4(void* to, size_t bytes) { memset(to, 0, bytes); }
void __aeabi_memclr8(void* to, size_t bytes) { memset(to, 0, bytes); }
/// Exact for the self-test's integers of 24 bits.
__attribute__((pcs("aapcs"))) float __aeabi_ul2f(uint64_t value) {
  return static_cast<float>(static_cast<double>(static_cast<uint32_t>(value >> 32)) * 4294967296.0 +
                            static_cast<double>(static_cast<uint32_t>(value)));
}

}  // extern "C"

namespace {

// ---- semihosting --------------------------------------------------------------------------------------------------

void semihosting(uint32_t operation, const void* argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

[[noreturn]] void finish(const char* message, bool passed) {
  semihosting(0x04, message);  // SYS_WRITE0
  const uint32_t reason_and_status[] = {0x20026, passed ? 0u : 1u};
  semihosting(0x20, reason_and_status);  // SYS_EXIT_EXTENDED: ADP_Stopped_ApplicationExit
  for (;;) {
  }
}

// ---- the test -----------------------------------------------------------------------------------------------------

constexpr size_t guard = 4096;
constexpr unsigned char untouched = 0xa5;
alignas(4096) unsigned char memory[guard + NET_ARENA_BYTES + guard];

bool intact(const unsigned char* bytes) {
  for (size_t i = 0; i < guard; ++i) {
    if (bytes[i] != untouched) return false;
  }
  return true;
}

[[noreturn]] void run() {
  memset(memory, untouched, sizeof memory);
  net_memory places = {};
  places.arena = memory + guard;
  const int wrong = net_selftest(&places);
  if (!intact(memory)) finish("memory before the arena was written\n", false);
  if (!intact(memory + guard + NET_ARENA_BYTES)) finish("memory after the arena was written\n", false);
  if (wrong != 0) finish("the self-test failed\n", false);
  finish("passed\n", true);
}

void fault() { finish("a processor fault\n", false); }

}  // namespace

extern "C" [[noreturn]] void start() {
  *reinterpret_cast<volatile uint32_t*>(0xe000ed88) |= 0x00f00000;  // CPACR: floating point and vectors on
  __asm__ volatile("dsb\n isb" ::: "memory");
  for (uint32_t* word = clear_begin; word < clear_end; ++word) *word = 0;
  run();
}

struct Vectors {
  void* stack;
  void (*handlers[15])();
};
__attribute__((section(".vectors"), used)) const Vectors vectors = {
    stack_top,
    {start, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault}};

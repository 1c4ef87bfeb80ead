// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/foreign_files.h"

#include <set>
#include <string>

#include "backend/identifiers.h"

namespace intaglio {

bool is_system_header(std::string_view stem) {
  static const std::set<std::string_view> headers = {
      // C and its compilers
      "assert", "complex", "ctype", "errno", "fenv", "float", "inttypes", "iso646", "limits", "locale", "math",
      "setjmp", "signal", "stdalign", "stdarg", "stdatomic", "stdbit", "stdbool", "stdckdint", "stdcountof", "stddef",
      "stdint", "stdio", "stdlib", "stdmchar", "stdnoreturn", "string", "tgmath", "threads", "time", "uchar", "wchar",
      "wctype", "backtrace", "cet", "cpuid", "gcov", "intrin", "mm3dnow", "mm_malloc", "omp", "openacc", "quadmath",
      "stdfix", "syslimits", "unwind", "varargs", "arm_acle", "arm_bf16", "arm_cde", "arm_cmse", "arm_fp16", "arm_math",
      "arm_mve", "arm_neon", "arm_sme", "arm_sve", "altivec", "riscv_vector", "wasm_simd128",
      // POSIX, Linux, BSD, macOS, newlib, picolibc
      "aio", "aliases", "alloca", "ar", "argp", "argz", "byteswap", "cpio", "crypt", "curses", "devctl", "dirent",
      "dlfcn", "elf", "endian", "envlock", "envz", "err", "error", "execinfo", "fastmath", "fcntl", "features",
      "fmtmsg", "fnmatch", "fstab", "fts", "ftw", "gconv", "getopt", "glob", "grp", "gshadow", "iconv", "ieeefp",
      "ifaddrs", "langinfo", "lastlog", "libgen", "libintl", "link", "malloc", "mcheck", "memory", "mntent", "monetary",
      "mqueue", "ncurses", "ndbm", "netdb", "newlib", "nl_types", "notify", "nss", "obstack", "panel", "paths",
      "picolibc", "picotls", "poll", "printf", "proc_service", "pthread", "pty", "pwd", "re_comp", "reent", "regdef",
      "regex", "regexp", "resolv", "sched", "search", "semaphore", "semihost", "sgtty", "shadow", "spawn", "stab",
      "strings", "syscall", "sysexits", "syslog", "tar", "term", "termio", "termios", "thread_db", "ttyent", "ucontext",
      "ulimit", "unctrl", "unistd", "utime", "utmp", "utmpx", "values", "wait", "wordexp", "xlocale",
      // Windows
      "concrt", "conio", "corecrt", "crtdbg", "crtdefs", "direct", "dos", "eh", "excpt", "fcntrl", "io", "locking",
      "mbctype", "mbstring", "minmax", "new", "ole2", "process", "rpc", "safeint", "sal", "share", "tchar", "vadefs",
      "vcruntime", "windef", "windows", "winbase", "winsock", "winsock2", "wtypes",
      // Arduino
      "arduino", "binary", "client", "eeprom", "hardwareserial", "ipaddress", "print", "printable", "server",
      "softwareserial", "spi", "stream", "udp", "wire", "wstring",
      // folders with a header of their own name, as <scsi/scsi.h>
      "gdiplus", "netrom", "nfs", "objc", "scsi"};
  const std::string name = lower_case(std::string(stem));
  return headers.contains(name) || name.ends_with("intrin");
}

bool is_windows_device(std::string_view stem) {
  const std::string name = lower_case(std::string(stem));
  if (name == "con" || name == "prn" || name == "aux" || name == "nul") return true;
  return name.size() == 4 && (name.starts_with("com") || name.starts_with("lpt")) && name[3] >= '0' && name[3] <= '9';
}

bool is_reserved_target(std::string_view name) {
  static const std::set<std::string_view> targets = {
      // CMake: policy CMP0037 refuses these, or a generator has a rule of the name
      "all", "all_build", "clean", "cmake_check_build_system", "cmake_depends", "cmake_force", "codegen",
      "default_target", "depend", "edit_cache", "help", "install", "list_install_components", "preinstall",
      "rebuild_cache", "run_tests", "test", "zero_check", "package", "package_source",
      // CTest's dashboards
      "continuous", "experimental", "nightly", "nightlymemorycheck",
      // linked by name: target_link_libraries(program m) would take the model for the C library's mathematics
      "atomic", "c", "dl", "gcc", "m", "pthread", "rt", "stdc", "util"};
  return targets.contains(lower_case(std::string(name)));
}

}  // namespace intaglio

/* Preloaded into a program under test: ends it (STRIKE=kill, STRIKE=terminate), or lets the system refuse (STRIKE=fail), at the call
 * number STRIKE_AT of those that change files.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Whether this call is the one that fails. */
static int strikes(void) {
  static int calls;
  const char *at = getenv("STRIKE_AT"), *how = getenv("STRIKE");
  if (!at || !how || ++calls != atoi(at)) return 0;
  if (strcmp(how, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(how, "terminate") == 0) {
    unsetenv("STRIKE_AT"); /* not what cleans up */
    kill(getpid(), SIGTERM);
    return 0; /* the signal was held back */
  }
  errno = ENOSPC;
  return 1;
}

#define REPLACE(type, name, parameters, arguments, failure)            \
  type name parameters {                                               \
    type(*next) parameters = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
    return strikes() ? failure : next arguments;                       \
  }

REPLACE(int, rename, (const char *from, const char *to), (from, to), -1)
REPLACE(int, remove, (const char *path), (path), -1)
REPLACE(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), -1)
REPLACE(int, mkdir, (const char *path, mode_t mode), (path, mode), -1)
REPLACE(char *, mkdtemp, (char *pattern), (pattern), NULL)
REPLACE(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count), -1)
REPLACE(ssize_t, writev, (int file, const struct iovec *pieces, int count), (file, pieces, count), -1)

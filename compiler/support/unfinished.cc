// A signal may come in the middle of anything, so what follows it calls only what is safe there: the paths lie ready as C
// strings, and a program removes the folders.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/unfinished.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace intaglio {

namespace {

struct Entry {
  char* path = nullptr;
  bool only_if_empty = false;
};

std::array<Entry, 16> entries;  ///< changed only while signals are held back
std::mutex entries_change;
volatile pid_t running_group = 0;  ///< what run_shell has started

constexpr std::array<int, 3> ending_signals = {SIGHUP, SIGINT, SIGTERM};

void remove_entries() {
  static char program[] = "/bin/rm", options[] = "-rf", end_of_options[] = "--";
  std::array<char*, entries.size() + 4> arguments = {program, options, end_of_options};
  size_t count = 3;
  for (const Entry& entry : entries) {
    if (entry.path != nullptr && !entry.only_if_empty) arguments[count++] = entry.path;
  }
  if (count > 3) {
    const pid_t child = fork();
    if (child == 0) {
      execv(program, arguments.data());
      _exit(1);
    }
    int status = 0;
    if (child > 0) waitpid(child, &status, 0);
  }
  for (const Entry& entry : entries) {
    if (entry.path != nullptr && entry.only_if_empty) rmdir(entry.path);
  }
}

extern "C" void end_by(int signal_number) {
  if (const pid_t group = running_group; group != 0) {
    kill(-group, SIGKILL);
    int status = 0;
    waitpid(group, &status, 0);
  }
  remove_entries();
  signal(signal_number, SIG_DFL);
  raise(signal_number);  // comes when this function has returned
}

sigset_t set_of_ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int each : ending_signals) sigaddset(&set, each);
  return set;
}

}  // namespace

void remove_unfinished_when_signalled() {
  for (int each : ending_signals) {
    struct sigaction action = {};
    if (sigaction(each, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = end_by;
    action.sa_mask = set_of_ending_signals();
    sigaction(each, &action, nullptr);
  }
}

Unfinished::Unfinished(const std::filesystem::path& path, bool only_if_empty) {
  const std::string absolute = std::filesystem::absolute(path).string();
  const SignalsHeld held;
  const std::lock_guard lock(entries_change);
  for (place_ = 0; place_ < entries.size() && entries[place_].path != nullptr;) ++place_;
  if (place_ < entries.size()) entries[place_] = {strdup(absolute.c_str()), only_if_empty};
}

Unfinished::~Unfinished() {
  if (place_ == entries.size()) return;
  const SignalsHeld held;
  const std::lock_guard lock(entries_change);
  std::free(entries[place_].path);
  entries[place_] = {};
}

int run_shell(const std::string& command) {
  pid_t child = 0;
  {
    const SignalsHeld held;
    child = fork();
    if (child == 0) {
      setpgid(0, 0);
      for (int each : ending_signals) {
        struct sigaction action = {};
        if (sigaction(each, nullptr, &action) == 0 && action.sa_handler == end_by) signal(each, SIG_DFL);
      }
      pthread_sigmask(SIG_SETMASK, &held.before(), nullptr);
      if (const int nothing = open("/dev/null", O_RDONLY); nothing > 0) dup2(nothing, STDIN_FILENO);
      execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      _exit(127);
    }
    if (child < 0) return -1;
    setpgid(child, child);  // whoever comes first
    running_group = child;
  }
  int status = 0;
  while (waitpid(child, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
  if (WIFSTOPPED(status)) {  // it wants the terminal all the same, and would wait for it for ever
    kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }
  running_group = 0;
  return status;
}

SignalsHeld::SignalsHeld() {
  const sigset_t set = set_of_ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

SignalsHeld::~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace intaglio

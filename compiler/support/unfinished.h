// What a program leaves behind when a signal ends it: nothing.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <signal.h>

#include <filesystem>
#include <string>

namespace intaglio {

/// From here on SIGHUP, SIGINT and SIGTERM remove every Unfinished before they end the process, as they would have.
/// Those that are ignored (nohup) stay ignored.
void remove_unfinished_when_signalled();

/// While it exists, a signal removes the path: a file or a folder with all it holds, or with `only_if_empty` a folder
/// that is empty. The destructor removes nothing.
class Unfinished {
 public:
  explicit Unfinished(const std::filesystem::path& path, bool only_if_empty = false);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

 private:
  size_t place_;
};

/// As std::system, and a signal that ends this process ends what runs there, too. It reads an empty standard input: as
/// the terminal belongs to this process, an emulator that reads from there would be stopped (one that opens the terminal
/// itself is killed). Returns waitpid's status, -1 when nothing could be started.
int run_shell(const std::string& command);

/// Holds those signals back while it exists: they come when it goes.
class SignalsHeld {
 public:
  SignalsHeld();
  ~SignalsHeld();
  const sigset_t& before() const { return before_; }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_;
};

}  // namespace intaglio

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/git_revision.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/files.h"
#include "support/shell.h"
#include "support/unfinished.h"

namespace intaglio {

void extract_revision(const std::filesystem::path& folder, const std::string& revision,
                      const std::filesystem::path& destination) {
  const auto refuse = [&](const std::string& message) {
    throw Error(Problem{folder.string(), fmt::format("cannot be read from git revision '{}': {}", revision, message),
                        "name a revision that holds the folder: --git HEAD~1 -- DIR"},
                Exit::usage);
  };
  if (revision.empty() || revision.front() == '-') refuse("that is no revision");
  const TemporaryFolder scratch;
  const auto quoted = [](const std::filesystem::path& path) { return shell_quoted(path.string()); };
  const std::filesystem::path archive = scratch / "archive.tar", errors = scratch / "errors";
  // In the folder, git archives what lies below it.
  const int archived = run_shell(fmt::format("git -C {} archive --format=tar -o {} {} . 2> {} < /dev/null",
                                             quoted(folder), quoted(archive), shell_quoted(revision), quoted(errors)));
  if (archived != 0) {
    const std::string text = read_file(errors);
    refuse(text.empty() ? "git fails" : text.substr(0, text.find('\n')));
  }
  if (run_shell(fmt::format("tar -xf {} -C {} 2> {}", quoted(archive), quoted(destination), quoted(errors))) != 0)
    refuse("tar fails: " + read_file(errors));
}

}  // namespace intaglio

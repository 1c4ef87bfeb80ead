// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generated.h"

#include <gtest/gtest.h>

#include "target/host.h"

namespace intaglio_cli {

namespace fs = std::filesystem;

Words operator+(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

const Words strict_warnings = {"-Wall",     "-Wextra", "-Wconversion", "-Wshadow", "-Wdouble-promotion",
                               "-pedantic", "-Werror"};

bool installed(const std::string& program) { return run({"sh", "-c", "command -v " + program}).status == 0; }

bool runs_here(const std::string& target) { return host_runs(*intaglio::find_target(target)); }

Generated::Generated(const fs::path& folder, const std::string& model_file, const std::string& name,
                     const std::string& target, const Words& more)
    : folder_(folder), name_(name) {
  const Outcome outcome =
      intaglio(Words{"compile", model(model_file), "-o", folder, "--name", name, "--target", target} + more);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  manifest_ = nlohmann::json::parse(read_file(folder / (name + ".manifest.json")), nullptr, false);
  EXPECT_TRUE(manifest_.is_object());
}

Words Generated::build(const std::string& compiler, const Words& flags) const {
  Words objects;
  for (const auto& [file, text] : contents(folder_)) {
    if (fs::path(file).extension() != ".cpp") continue;
    objects.push_back((folder_ / (file + "." + compiler + ".o")).string());
    const Outcome outcome =
        run(Words{compiler, "-std=c++11", "-c", "-Wa,-I" + folder_.string(), folder_ / file, "-o", objects.back()} +
            target_flags() + flags);
    EXPECT_EQ(outcome.status, 0) << compiler << " " << file << "\n" << outcome.err;
    EXPECT_EQ(outcome.err, "") << compiler << " " << file;
  }
  return objects;
}

void build_c_program(const fs::path& program, const std::string& source, const Words& include, const Words& objects,
                     const Words& flags) {
  write_file(program.string() + ".c", source);
  Words command = Words{"gcc", "-std=c99", "-O1", "-o", program, program.string() + ".c"} + flags;
  for (const std::string& folder : include) command.push_back("-I" + folder);
  const Outcome outcome = run(command + strict_warnings + objects);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
}

}  // namespace intaglio_cli

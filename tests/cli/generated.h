// Models compiled to C++ and built as users build them, for tests that look at the objects or run programs around them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "process.h"

namespace intaglio_cli {

using Words = std::vector<std::string>;

Words operator+(Words left, const Words& right);

extern const Words strict_warnings;

bool installed(const std::string& program);
/// Whether this machine can run the target's code.
bool runs_here(const std::string& target);

/// A model compiled to C++ in a folder of its own.
class Generated {
 public:
  Generated(const std::filesystem::path& folder, const std::string& model_file, const std::string& name,
            const std::string& target, const Words& more = {});

  const std::filesystem::path& folder() const { return folder_; }
  const std::string& name() const { return name_; }
  const nlohmann::json& manifest() const { return manifest_; }
  Words target_flags() const { return manifest_["target"]["compile_flags"].get<Words>(); }
  std::string member(const char* kind, size_t index) const { return manifest_["interface"][kind][index]["identifier"]; }

  /// Compiles every .cpp of the folder and returns the objects.
  Words build(const std::string& compiler, const Words& flags) const;

 private:
  std::filesystem::path folder_;
  std::string name_;
  nlohmann::json manifest_;
};

/// Compiles a C99 program with the folders of `include` and links it, as C, with the objects.
void build_c_program(const std::filesystem::path& program, const std::string& source, const Words& include,
                     const Words& objects, const Words& flags = {});

}  // namespace intaglio_cli

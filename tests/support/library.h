// C++ that a test has generated, compiled as generated code is and loaded into this process.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace intaglio::testing {

class Library {
 public:
  /// Compiles `sources` ("a.cpp") in `folder` with warnings as errors, two at a time, and links and loads them. `flags`
  /// come last; `compiler`: $CXX, else c++. Throws std::runtime_error with the compiler's messages.
  Library(const std::filesystem::path& folder, const std::vector<std::string>& sources, const std::string& flags,
          const std::string& compiler = {});
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /// A function or a constant of C linkage; throws std::runtime_error when there is none.
  template <class Symbol>
  Symbol* symbol(const std::string& name) const {
    return reinterpret_cast<Symbol*>(address(name));
  }

 private:
  void* address(const std::string& name) const;

  void* handle_ = nullptr;
};

}  // namespace intaglio::testing

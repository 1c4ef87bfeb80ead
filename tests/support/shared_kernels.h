// Generated sources of many models in one translation unit, in which each kernel stands once: equal ones are a large part
// of what small models consist of, and compiling them is most of what tests of generated code wait for.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <map>
#include <string>

namespace intaglio::testing {

class SharedKernels {
 public:
  /// The source NAME.cpp of a model that the unit includes inside of the namespace `scope`: functions that a model before
  /// it has with the same text, and which call the same functions, are using-declarations of those.
  std::string share(const std::string& source, const std::string& scope);

 private:
  std::map<std::string, std::string> known_;  ///< text of a function and what it calls -> its qualified name
};

}  // namespace intaglio::testing

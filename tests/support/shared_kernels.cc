// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/shared_kernels.h"

#include <cctype>
#include <functional>
#include <sstream>
#include <string_view>

namespace intaglio::testing {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

void for_each_word(std::string_view text, const std::function<void(std::string_view)>& visit) {
  for (size_t end = 0; end < text.size();) {
    size_t first = end;
    while (first < text.size() && !is_word(text[first])) ++first;
    end = first;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end > first) visit(text.substr(first, end - first));
  }
}

/// What stands in front of the parameters of a function's definition.
std::string function_name(std::string_view definition) {
  std::string_view name;
  for_each_word(definition.substr(0, definition.find('(')), [&](std::string_view word) { name = word; });
  return std::string(name);
}

}  // namespace

std::string SharedKernels::share(const std::string& source, const std::string& scope) {
  std::map<std::string, std::string, std::less<>> functions;  // of this source: name -> qualified name
  std::istringstream lines(source);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("static ")) {
      result += line + "\n";
      continue;
    }
    std::string definition = line + "\n";
    while (line != "}" && std::getline(lines, line)) definition += line + "\n";
    std::string identity = definition;
    for_each_word(definition, [&](std::string_view word) {
      if (const auto called = functions.find(word); called != functions.end()) identity += " " + called->second;
    });
    const std::string name = function_name(definition);
    const auto [known, is_new] = known_.try_emplace(identity, scope + "::" + name);
    functions[name] = known->second;
    result += is_new ? definition : "using " + known->second + ";\n";
  }
  return result;
}

}  // namespace intaglio::testing

// Rendering of the files in templates/, strictly: a template that names a value it was not given is an internal error,
// so is a value that no template used, and names never fall through to an outer scope.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intaglio {

/// The values of one scope of a template: strings, numbers, flags ({{#name}}) and lists of scopes.
class Values {
 public:
  struct Value {
    enum class Kind { text, flag, list } kind = Kind::text;
    std::string text;
    bool flag = false;
    std::vector<Values> items;
  };

  Values& set(std::string_view name, std::string value);
  Values& set(std::string_view name, const char* value) { return set(name, std::string(value)); }
  Values& set(std::string_view name, int64_t value) { return set(name, std::to_string(value)); }
  Values& set(std::string_view name, int value) { return set(name, std::to_string(value)); }
  Values& set(std::string_view name, size_t value) { return set(name, std::to_string(value)); }
  Values& flag(std::string_view name, bool value);
  Values& list(std::string_view name, std::vector<Values> items);

  /// Null when there is none.
  const Value* find(std::string_view name) const;
  const std::vector<std::pair<std::string, Value>>& all() const { return values_; }

 private:
  Values& put(std::string_view name, Value value);

  std::vector<std::pair<std::string, Value>> values_;  // few: searching is quicker than hashing
};

/// Renders templates/`name` ("kernels/relayout.cpp.tmpl").
std::string render_template(std::string_view name, const Values& values);

/// The same where the value `around` is too long for a string: the text in front of it, and the text behind it.
std::pair<std::string, std::string> render_template_around(std::string_view name, Values values,
                                                           const std::string& around);

/// The embedded files of templates/ and runtime/intaglio/, by path relative to those folders.
std::string_view embedded_file(std::string_view path);

}  // namespace intaglio

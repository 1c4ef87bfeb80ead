// Rendering of the files in templates/, strictly: a template that names a value it was not given is an internal error,
// so is a value that no template used, and names never fall through to an outer scope.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <kainjow/mustache.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intaglio {

/// The values of one scope of a template: strings, numbers, flags ({{#name}}) and lists of scopes.
class TemplateValues {
 public:
  TemplateValues() = default;
  TemplateValues(const TemplateValues&) = default;
  TemplateValues& operator=(const TemplateValues&) = default;
  // Without noexcept, which the library's data lacks, a vector that grows would copy its scopes.
  TemplateValues(TemplateValues&&) noexcept = default;
  TemplateValues& operator=(TemplateValues&&) noexcept = default;

  TemplateValues& set(const std::string& name, std::string value) &;
  TemplateValues& set(const std::string& name, const char* value) & { return set(name, std::string(value)); }
  TemplateValues& set(const std::string& name, int64_t value) & { return set(name, std::to_string(value)); }
  TemplateValues& set(const std::string& name, int value) & { return set(name, std::to_string(value)); }
  TemplateValues& set(const std::string& name, size_t value) & { return set(name, std::to_string(value)); }
  TemplateValues& flag(const std::string& name, bool value) &;
  TemplateValues& list(const std::string& name, std::vector<TemplateValues> items) &;

  // Of a temporary the same; what they return can be moved into a list.
  template <class Value>
  TemplateValues&& set(const std::string& name, Value&& value) && {
    return std::move(set(name, std::forward<Value>(value)));
  }
  TemplateValues&& flag(const std::string& name, bool value) && { return std::move(flag(name, value)); }
  TemplateValues&& list(const std::string& name, std::vector<TemplateValues> items) && {
    return std::move(list(name, std::move(items)));
  }

  const kainjow::mustache::data& data() const { return data_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  void note(const std::string& name);

  kainjow::mustache::data data_{kainjow::mustache::data::type::object};
  std::vector<std::string> names_;  ///< this scope's and, as "list.name", those of the lists' items
};

/// Renders templates/`name` ("kernels/relayout.cpp.tmpl").
std::string render_template(std::string_view name, const TemplateValues& values);

/// The same where the value `around` is too long for a string: the text in front of it, and the text behind it.
std::pair<std::string, std::string> render_template_around(std::string_view name, TemplateValues values,
                                                           const std::string& around);

/// The embedded files of templates/ and runtime/intaglio/, by path relative to those folders.
std::string_view embedded_file(std::string_view path);

}  // namespace intaglio

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/template.h"

#include <algorithm>
#include <map>
#include <set>

#include "support/error.h"

namespace intaglio {

namespace {

/// A piece of a template.
struct Part {
  enum class Kind { text, line_end, value, section } kind;
  std::string_view text = {};    ///< or the name
  std::vector<Part> inner = {};  ///< of a section
};

struct Template {
  std::string_view path;
  std::vector<Part> parts;
  std::set<std::string_view> names;  ///< that its parts mention
};

[[noreturn]] void template_error(std::string_view path, const std::string& problem) {
  internal_error("template " + std::string(path) + " " + problem);
}

/// The parts of `text` from `at` to the end of the section `name`, or to the end when that is empty; `at` moves on.
std::vector<Part> parse(Template& into, std::string_view text, size_t& at, std::string_view section) {
  std::vector<Part> parts;
  while (at < text.size()) {
    if (text[at] == '\n') {
      parts.push_back({Part::Kind::line_end});
      ++at;
      continue;
    }
    const size_t tag = std::min(text.find("{{", at), text.size());
    if (tag > at) {
      const size_t end = std::min(text.find('\n', at), tag);
      parts.push_back({Part::Kind::text, text.substr(at, end - at)});
      at = end;
      continue;
    }
    const size_t end = text.find("}}", tag);
    if (end == std::string_view::npos || end == tag + 2) template_error(into.path, "has a tag without name or end");
    const char sign = text[tag + 2];
    const bool is_value = sign != '!' && sign != '#' && sign != '/';
    const size_t begin = tag + (is_value ? 2 : 3);
    const std::string_view name = text.substr(begin, end - begin);
    at = end + 2;
    if (sign == '!') continue;
    if (sign == '/') {
      if (name != section) template_error(into.path, "ends section '" + std::string(name) + "', which is not open");
      return parts;
    }
    into.names.insert(name);
    parts.push_back({is_value ? Part::Kind::value : Part::Kind::section, name});
    if (!is_value) parts.back().inner = parse(into, text, at, name);
  }
  if (!section.empty()) template_error(into.path, "does not end section '" + std::string(section) + "'");
  return parts;
}

/// templates/`path`, which is read once.
const Template& parsed_template(std::string_view path) {
  thread_local std::map<std::string, Template, std::less<>> parsed;
  if (const auto known = parsed.find(path); known != parsed.end()) return known->second;
  const auto added = parsed.emplace(path, Template{}).first;
  added->second.path = added->first;
  size_t at = 0;
  added->second.parts = parse(added->second, embedded_file(path), at, {});
  return added->second;
}

/// Appends to a text. A line of nothing but sections that were entered is left out.
class Renderer {
 public:
  explicit Renderer(const Template& source) : source_(source) {}

  std::string render(const Values& values) {
    render(source_.parts, values);
    end_line();
    return std::move(text_);
  }

 private:
  void render(const std::vector<Part>& parts, const Values& scope) {
    for (const Part& part : parts) {
      if (part.kind == Part::Kind::text) {
        text_ += part.text;
      } else if (part.kind == Part::Kind::line_end) {
        if (end_line()) text_ += '\n';
        line_ = text_.size();
      } else if (part.kind == Part::Kind::value) {
        const Values::Value& value = find(scope, part.text);
        if (value.kind != Values::Value::Kind::text) fail_for(part.text, "which is no text");
        text_ += value.text;
      } else {
        const Values::Value& value = find(scope, part.text);
        if (value.kind == Values::Value::Kind::text) fail_for(part.text, "a text, as a section");
        if (value.flag) enter(part, scope);
        for (const Values& item : value.items) enter(part, item);
      }
    }
  }

  void enter(const Part& section, const Values& scope) {
    entered_ = true;
    render(section.inner, scope);
    entered_ = true;
  }

  /// Whether the line that ends here stays.
  bool end_line() {
    const bool stays = !entered_ || text_.find_first_not_of(" \t", line_) != std::string::npos;
    if (!stays) text_.resize(line_);
    entered_ = false;
    return stays;
  }

  const Values::Value& find(const Values& scope, std::string_view name) const {
    const Values::Value* value = scope.find(name);
    if (value == nullptr) fail_for(name, "which has no value");
    return *value;
  }

  [[noreturn]] void fail_for(std::string_view name, const std::string& problem) const {
    template_error(source_.path, "names '" + std::string(name) + "', " + problem);
  }

  const Template& source_;
  std::string text_;
  size_t line_ = 0;       // where the present line starts
  bool entered_ = false;  // a section began or ended in it
};

/// A value in a section that is not entered counts as used.
void expect_all_used(const Template& source, const Values& values) {
  for (const auto& [name, value] : values.all()) {
    if (!source.names.contains(name)) template_error(source.path, "does not use '" + name + "'");
    for (const Values& item : value.items) expect_all_used(source, item);
  }
}

/// The text with at most `most` empty lines in a row and none at its start or end.
std::string without_empty_lines(const std::string& text, int most) {
  std::string result;
  int empty = most;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    const bool blank = text.find_first_not_of(" \n", begin) >= end;
    empty = blank ? empty + 1 : 0;
    if (!blank || empty <= most) result.append(text, begin, end - begin);
    begin = end;
  }
  while (result.ends_with("\n\n")) result.pop_back();
  return result;
}

}  // namespace

Values& Values::put(std::string_view name, Value value) {
  for (auto& [known, old] : values_) {
    if (known == name) {
      old = std::move(value);
      return *this;
    }
  }
  values_.emplace_back(name, std::move(value));
  return *this;
}

Values& Values::set(std::string_view name, std::string value) {
  return put(name, {Value::Kind::text, std::move(value), false, {}});
}

Values& Values::flag(std::string_view name, bool value) { return put(name, {Value::Kind::flag, {}, value, {}}); }

Values& Values::list(std::string_view name, std::vector<Values> items) {
  return put(name, {Value::Kind::list, {}, false, std::move(items)});
}

const Values::Value* Values::find(std::string_view name) const {
  for (const auto& [known, value] : values_) {
    if (known == name) return &value;
  }
  return nullptr;
}

std::string render_template(std::string_view name, const Values& values) {
  const Template& source = parsed_template(name);
  expect_all_used(source, values);
  // A section that is not entered leaves an empty line: kernels have none at all, files at most one.
  return without_empty_lines(Renderer(source).render(values), name.starts_with("kernels/") ? 0 : 1);
}

std::pair<std::string, std::string> render_template_around(std::string_view name, Values values,
                                                           const std::string& around) {
  constexpr char mark = '\f';  // in no template
  const std::string text = render_template(name, values.set(around, std::string(1, mark)));
  const size_t at = text.find(mark);
  return {text.substr(0, at), text.substr(at + 1)};
}

}  // namespace intaglio

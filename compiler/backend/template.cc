// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/template.h"

#include <algorithm>
#include <map>
#include <set>

#include "support/error.h"

namespace intaglio {

namespace {

namespace mustache = kainjow::mustache;

/// Looks names up in the innermost object only, throws when one is missing and records what was used.
class StrictContext : public mustache::basic_context<std::string> {
 public:
  StrictContext(std::string_view template_name, const mustache::data& root) : template_name_(template_name) {
    push(&root);
  }

  void push(const mustache::data* data) override { scopes_.push_back(data); }
  void pop() override { scopes_.pop_back(); }
  const mustache::data* get(const std::string& name) const override {
    if (name == ".") return scopes_.back();
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (!(*scope)->is_object()) continue;  // a flag's section stays in the scope around it
      const mustache::data* value = (*scope)->get(name);
      if (value == nullptr) internal_error("template " + template_name_ + " names '" + name + "', which has no value");
      used_.insert(name);
      return value;
    }
    internal_error("template " + template_name_ + " has no scope");
  }
  const mustache::data* get_partial(const std::string& name) const override {
    internal_error("template " + template_name_ + " asks for partial '" + name + "'");
  }
  bool used(const std::string& name) const { return used_.count(name) != 0; }

 private:
  std::string template_name_;
  std::vector<const mustache::data*> scopes_;
  mutable std::set<std::string> used_;
};

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

/// templates/`name`, which is read once.
mustache::mustache& parsed_template(std::string_view name) {
  thread_local std::map<std::string, mustache::mustache, std::less<>> parsed;
  if (const auto known = parsed.find(name); known != parsed.end()) return known->second;
  mustache::mustache text{std::string(embedded_file(name))};
  if (!text.is_valid()) internal_error("template " + std::string(name) + ": " + text.error_message());
  text.set_custom_escape([](const std::string& s) { return s; });
  return parsed.emplace(name, std::move(text)).first->second;
}

}  // namespace

void TemplateValues::note(const std::string& name) {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
}

// operator[] of the library's data moves what is assigned; its `set` and `push_back` copy.

TemplateValues& TemplateValues::set(const std::string& name, std::string value) & {
  data_[name] = mustache::data(value);
  note(name);
  return *this;
}

TemplateValues& TemplateValues::flag(const std::string& name, bool value) & {
  data_[name] = mustache::data(value);
  note(name);
  return *this;
}

TemplateValues& TemplateValues::list(const std::string& name, std::vector<TemplateValues> items) & {
  mustache::list scopes;
  scopes.reserve(items.size());
  for (TemplateValues& item : items) {
    scopes.push_back(std::move(item.data_));
    for (const std::string& inner : item.names()) note(inner);
  }
  data_[name] = mustache::data(scopes);
  note(name);
  return *this;
}

std::string render_template(std::string_view name, const TemplateValues& values) {
  StrictContext context(name, values.data());
  // The library leaves an empty line for every section that is not entered:
  // kernels have none at all, files at most one.
  const bool kernel = name.substr(0, 8) == "kernels/";
  const std::string rendered = without_empty_lines(
      parsed_template(name).render(static_cast<mustache::basic_context<std::string>&>(context)), kernel ? 0 : 1);
  for (const std::string& value : values.names()) {
    // A value inside a section that was not entered counts as used only through the section itself.
    if (!context.used(value) && embedded_file(name).find(value) == std::string_view::npos) {
      internal_error("template " + std::string(name) + " does not use '" + value + "'");
    }
  }
  return rendered;
}

std::pair<std::string, std::string> render_template_around(std::string_view name, TemplateValues values,
                                                           const std::string& around) {
  constexpr char mark = '\f';  // in no template
  const std::string text = render_template(name, values.set(around, std::string(1, mark)));
  const size_t at = text.find(mark);
  return {text.substr(0, at), text.substr(at + 1)};
}

}  // namespace intaglio

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "assembly.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace intaglio_cli {

namespace {

struct Instruction {
  std::string_view text;
  size_t line = 0;  ///< of the source; 0: unknown
};

struct Function {
  std::vector<Instruction> instructions;
  std::map<std::string_view, size_t> labels;  ///< the instruction that follows
};

template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    visit(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Without the comment and the spaces in front of it.
std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find(" #"));
  return line.substr(0, line.find_last_not_of(" \t") + 1);
}

/// ".loc 1 190 55" -> {1, 190}.
std::pair<long, long> two_numbers(std::string_view text) {
  const std::string digits(text);
  char* end = nullptr;
  const long first = std::strtol(digits.c_str(), &end, 10);
  return {first, std::strtol(end, nullptr, 10)};
}

std::vector<Function> functions_of(std::string_view assembly, std::string_view file) {
  std::vector<Function> functions;
  std::set<long> numbers;  // of the source file
  size_t source_line = 0;
  bool inside = false;
  for_each_line(assembly, [&](std::string_view line) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#') return;
    if (line[0] != '\t' && line[0] != ' ') {
      const std::string_view label = line.substr(0, line.find(':'));
      if (label.size() == line.size()) return;
      if (label[0] != '.')
        functions.emplace_back(), inside = true, source_line = 0;
      else if (inside)
        functions.back().labels[label] = functions.back().instructions.size();
      return;
    }
    line.remove_prefix(std::min(line.find_first_not_of("\t "), line.size()));
    if (line.substr(0, 5) == ".file" &&
        (contains(line, "\"" + std::string(file) + "\"") || contains(line, "/" + std::string(file) + "\""))) {
      numbers.insert(two_numbers(line.substr(5)).first);
    } else if (line.substr(0, 4) == ".loc") {
      const auto [number, at] = two_numbers(line.substr(4));
      if (numbers.count(number) != 0) source_line = static_cast<size_t>(at);
    } else if (line.substr(0, 5) == ".size") {
      inside = false;
    } else if (inside && !line.empty() && line[0] >= 'a' && line[0] <= 'z') {
      functions.back().instructions.push_back({line, source_line});
    }
  });
  return functions;
}

using Edges = std::vector<std::vector<size_t>>;

/// What each instruction of a function can be followed by.
Edges flow_of(const Function& function) {
  const size_t count = function.instructions.size();
  Edges next(count);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view text = function.instructions[i].text;
    const size_t operand = text.find_first_of("\t ");
    const std::string_view name = text.substr(0, operand);
    if (name[0] == 'j' && operand != std::string_view::npos) {
      const auto label = function.labels.find(text.substr(operand + 1));
      if (label != function.labels.end() && label->second < count) next[i].push_back(label->second);
    }
    const bool goes_on = name != "jmp" && name != "ret" && name != "retq" && name != "ud2";
    if (goes_on && i + 1 < count) next[i].push_back(i + 1);
  }
  return next;
}

/// Tarjan's strongly connected components with more than one instruction or an edge to itself, among `members`.
class Cycles {
 public:
  Cycles(const Edges& next, const std::set<size_t>& members) : next_(next), members_(members) {
    for (size_t start : members) {
      if (order_.count(start) == 0) visit(start);
    }
  }
  std::vector<std::set<size_t>> found;

 private:
  struct Frame {
    size_t at, edge;
  };

  void enter(size_t at) {
    order_[at] = lowest_[at] = order_.size();
    stack_.push_back(at);
    on_stack_.insert(at);
    path_.push_back({at, 0});
  }

  void visit(size_t start) {
    enter(start);
    while (!path_.empty()) {
      const size_t at = path_.back().at;
      if (path_.back().edge < next_[at].size()) {
        const size_t to = next_[at][path_.back().edge++];
        if (members_.count(to) == 0) continue;
        if (order_.count(to) == 0)
          enter(to);
        else if (on_stack_.count(to) != 0)
          lowest_[at] = std::min(lowest_[at], order_[to]);
        continue;
      }
      path_.pop_back();
      if (!path_.empty()) lowest_[path_.back().at] = std::min(lowest_[path_.back().at], lowest_[at]);
      if (lowest_[at] == order_[at]) close(at);
    }
  }

  void close(size_t root) {
    std::set<size_t> component;
    while (component.count(root) == 0) {
      component.insert(stack_.back());
      on_stack_.erase(stack_.back());
      stack_.pop_back();
    }
    const bool to_itself = std::find(next_[root].begin(), next_[root].end(), root) != next_[root].end();
    if (component.size() > 1 || to_itself) found.push_back(std::move(component));
  }

  const Edges& next_;
  const std::set<size_t>& members_;
  std::map<size_t, size_t> order_, lowest_;
  std::vector<size_t> stack_;
  std::set<size_t> on_stack_;
  std::vector<Frame> path_;
};

/// Adds the innermost loops among `members` to `loops`: a loop is a cycle, and what is still a cycle without the way
/// back to its entry is a loop inside it. Returns whether there are any.
bool add_innermost(Edges next, const std::set<size_t>& members, std::vector<std::set<size_t>>& loops) {
  const Cycles cycles(next, members);
  for (const std::set<size_t>& cycle : cycles.found) {
    std::set<size_t> entries;
    for (size_t from = 0; from < next.size(); ++from) {
      if (cycle.count(from) != 0) continue;
      for (size_t to : next[from]) {
        if (cycle.count(to) != 0) entries.insert(to);
      }
    }
    if (entries.empty()) entries.insert(*cycle.begin());  // the function starts in the loop
    Edges inside = next;
    for (size_t from : cycle) {
      auto& targets = inside[from];
      targets.erase(std::remove_if(targets.begin(), targets.end(), [&](size_t to) { return entries.count(to) != 0; }),
                    targets.end());
    }
    if (!add_innermost(std::move(inside), cycle, loops)) loops.push_back(cycle);
  }
  return !cycles.found.empty();
}

/// The instructions of every innermost loop; all instructions when there is no loop.
std::vector<std::set<size_t>> innermost(const Function& function) {
  std::set<size_t> all;
  for (size_t i = 0; i < function.instructions.size(); ++i) all.insert(i);
  std::vector<std::set<size_t>> loops;
  if (!add_innermost(flow_of(function), all, loops)) loops.push_back(std::move(all));
  return loops;
}

bool is_arithmetic(std::string_view text) {
  for (std::string_view name : {"vfmadd", "vfnmadd", "vaddps", "vsubps", "vmulps", "vdivps", "vmaxps", "vminps"}) {
    if (text.substr(0, name.size()) == name) return true;
  }
  return false;
}

HotPart count(const Function& function, const std::set<size_t>& body, bool frame_pointer,
              const std::vector<std::string>& names) {
  HotPart part;
  std::map<std::string, size_t> votes;
  for (size_t i : body) {
    const auto& [text, line] = function.instructions[i];
    ++part.instructions;
    if (line > 0 && line <= names.size()) ++votes[names[line - 1]];
    if (!contains(text, "%ymm") && !contains(text, "%zmm")) continue;
    if (is_arithmetic(text)) ++part.arithmetic;
    if (contains(text, "(%rsp") || (frame_pointer && contains(text, "(%rbp"))) {
      if (part.stack_accesses++ == 0) part.example = text;
    }
  }
  size_t most = 0;
  for (const auto& [name, number] : votes) {
    if (number > most) most = number, part.function = name;
  }
  return part;
}

}  // namespace

std::vector<std::string> functions_by_line(std::string_view source) {
  std::vector<std::string> names;
  std::string name;
  for_each_line(source, [&](std::string_view line) {
    const bool starts = line.substr(0, 7) == "static " || line.substr(0, 10) == "extern \"C\"";
    const size_t open = line.find('(');
    if (starts && open != std::string_view::npos) {
      const size_t space = line.find_last_of(" *", open);
      name = std::string(line.substr(space + 1, open - space - 1));
    }
    names.push_back(name);
  });
  return names;
}

std::vector<HotPart> hot_parts(std::string_view assembly, std::string_view file, std::string_view source) {
  const std::vector<std::string> names = functions_by_line(source);
  std::vector<HotPart> parts;
  for (const Function& function : functions_of(assembly, file)) {
    if (function.instructions.empty()) continue;
    const bool frame_pointer = std::any_of(
        function.instructions.begin(), function.instructions.end(),
        [](const Instruction& each) { return each.text.substr(0, 4) == "movq" && contains(each.text, "%rsp, %rbp"); });
    for (const std::set<size_t>& body : innermost(function))
      parts.push_back(count(function, body, frame_pointer, names));
  }
  return parts;
}

}  // namespace intaglio_cli

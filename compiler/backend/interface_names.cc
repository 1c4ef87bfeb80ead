// The names that a model's own name and the names of its inputs and outputs become, and notes about those that collide.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <set>

#include "backend/foreign_files.h"
#include "backend/identifiers.h"
#include "backend/interface.h"
#include "backend/macro_names.h"
#include "support/identifier.h"
#include "support/names_apart.h"
#include "support/readable.h"

namespace intaglio {

namespace {

/// Why a member of a struct cannot be called so in every user's source file; empty when it can. Function-like macros
/// are no reason: they are expanded where '(' follows.
std::string member_collision(const std::string& identifier, const std::string& upper) {
  static const std::set<std::string_view> types = {"int8_t",  "int16_t",  "int32_t",  "int64_t",
                                                   "uint8_t", "uint16_t", "uint32_t", "uint64_t"};
  if (is_keyword(identifier)) return "is a keyword of C or C++";
  if (types.contains(identifier)) return "is a type";
  if (const std::string_view owner = foreign_macro(identifier); !owner.empty())
    return fmt::format("is a macro of {}", owner);
  for (const std::string& own : {upper + "_", std::string("INTAGLIO_")}) {
    if (identifier.starts_with(own)) return fmt::format("begins like the generated macros, with {}", own);
  }
  return {};
}

/// Gives out identifiers that differ from one another in more than capitals, since macros are made of them.
class Identifiers {
 public:
  /// `base`, or with the first suffix that makes it new.
  std::string unique(const std::string& base) {
    std::string identifier = base;
    for (int suffix = 2; !taken_.insert(upper_case(identifier)).second; ++suffix)
      identifier = fmt::format("{}_{}", base, suffix);
    return identifier;
  }

 private:
  std::set<std::string> taken_;
};

/// Our own macros, some of which POSIX and vendors use too (X_OK, HAL_OK).
bool macros_collide(const std::string& upper) {
  for (const char* macro : {"OK", "TASKS", "INPUTS", "OUTPUTS", "MACS", "ARENA", "PREPARED"}) {
    if (!foreign_macro(fmt::format("{}_{}", upper, macro)).empty()) return true;
  }
  return false;
}

void name_files(Interface& names) {
  const std::string other = names.name + "_model";
  auto note = [&](const std::string& what, const std::string& renamed, const std::string& reason) {
    names.notes.push_back(fmt::format("{} of '{}': {}, because {}", what, names.name, renamed, reason));
  };
  const bool device = is_windows_device(names.name);
  names.stem = device ? other : names.name;
  if (device) note("files", other, fmt::format("Windows keeps {} for a device", names.name));
  const bool hides = is_system_header(names.name);
  names.header = (hides || device ? other : names.name) + ".h";
  if (hides) note("header", names.header, fmt::format("{}.h would hide the system's header", names.name));
  const bool reserved = is_reserved_target(names.name);
  names.target = reserved || device ? other : names.name;
  if (reserved) note("CMake target", other, fmt::format("CMake or the system has one called {}", names.name));
  if (macros_collide(names.upper)) {
    names.upper = upper_case(other);
    note("macros", names.upper + "_...", fmt::format("{}_OK is a macro of others", upper_case(names.name)));
  }
  // Lower-case models have guards in capitals, so these are no other model's.
  names.guard = names.name == lower_case(names.name) ? names.upper + "_H" : names.name + "_h";
}

/// A layer's name, with what a step does for it where it takes several steps.
std::vector<std::string> step_names(const Program& program, const std::string& model) {
  std::vector<Named> steps;
  for (const Step& step : program.steps) {
    steps.push_back({fmt::format("{}_step_{}", model, plain_identifier(step.name)),
                     {first_word(step)},
                     {description(step), print(program, step)}});
    if (!step.part.empty()) steps.back().words.push_back(plain_identifier(step.part));
    if (step.task > 0) steps.back().words.push_back(fmt::format("task_{}", step.task));
  }
  std::set<std::string> taken;
  return names_apart(steps, taken);
}

}  // namespace

std::string model_name(const std::string& wanted, std::vector<std::string>& notes) {
  const std::string plain = plain_identifier(wanted);
  if (!lower_case(plain).starts_with("intaglio")) return plain;
  notes.push_back(fmt::format("the model is called v{}, because names of the runtime begin with intaglio", plain));
  return "v" + plain;
}

std::vector<std::string> file_names(const std::vector<std::string>& names) {
  Identifiers identifiers;
  std::vector<std::string> result;
  for (const std::string& name : names) {
    const std::string plain = plain_identifier(name);
    result.push_back(identifiers.unique(is_windows_device(plain) ? "v" + plain : plain));
  }
  return result;
}

Interface make_interface(const Program& program, const std::string& name) {
  Interface names;
  names.name = name;
  names.upper = upper_case(name);
  name_files(names);
  Identifiers identifiers;
  auto add = [&](const Program::Port& port, const char* what) {
    const std::string plain = plain_identifier(port.name), collision = member_collision(plain, names.upper);
    const std::string wanted = collision.empty() ? plain : "v" + plain, identifier = identifiers.unique(wanted);
    if (identifier != plain) {
      names.notes.push_back(fmt::format("{} '{}' is called {} in {}_io: {} {}", what, readable(port.name), identifier,
                                        name, wanted == plain ? wanted : plain,
                                        collision.empty() ? "is taken (capitals make no difference)" : collision));
    }
    return identifier;
  };
  for (const Program::Port& port : program.inputs) names.inputs.push_back(add(port, "input"));
  for (const Program::Port& port : program.outputs) names.outputs.push_back(add(port, "output"));
  names.steps = step_names(program, name);
  return names;
}

}  // namespace intaglio

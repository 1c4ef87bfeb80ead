// intaglio targets and intaglio ops: the compiler's own tables.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "commands/commands.h"
#include "target/host.h"

namespace intaglio {

Command add_targets(CLI::App& app) {
  auto json = std::make_shared<bool>(false);
  app.add_flag("--json", *json, "As JSON");
  return [json] {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Target& target : targets()) {
      if (*json)
        list.push_back({{"name", target.name},
                        {"description", target.description},
                        {"compile_flags", target.compile_flags},
                        {"runs_here", host_runs(target)}});
      else
        fmt::print("{:<10} {}{}\n", target.name, target.description,
                   target.name == targets().front().name ? " (default)" : "");
    }
    if (*json) fmt::print("{}\n", list.dump(1, ' '));
    return Exit::done;
  };
}

Command add_ops(CLI::App& app) {
  auto json = std::make_shared<bool>(false);
  app.add_flag("--json", *json, "As JSON");
  return [json] {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const OperatorRow& row : operator_table()) {
      std::string versions;
      for (int version : row.since_versions) versions += fmt::format("{}{}", versions.empty() ? "" : ", ", version);
      if (*json)
        list.push_back({{"name", row.name}, {"since_versions", row.since_versions}, {"limits", row.limits}});
      else
        fmt::print("{:<24} {:<28} {}\n", row.name, versions, row.limits);
    }
    if (*json) fmt::print("{}\n", list.dump(1, ' '));
    return Exit::done;
  };
}

}  // namespace intaglio

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/error.h"

#include <fmt/format.h>

namespace intaglio {

namespace {
std::string join(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text();
  return text;
}
}  // namespace

std::string Problem::text() const {
  std::string text = "error: " + (where.empty() ? message : where + ": " + message) + "\n";
  if (!help.empty()) text += "help: " + help + "\n";
  return text;
}

Error::Error(Problem problem, Exit exit) : Error(std::vector<Problem>{std::move(problem)}, exit) {}

Error::Error(std::vector<Problem> problems, Exit exit)
    : std::runtime_error(join(problems)), problems_(std::move(problems)), exit_(exit) {}

void fail(std::string where, std::string message, std::string help) {
  throw Error(Problem{std::move(where), std::move(message), std::move(help)});
}

void internal_error(const std::string& message) {
  throw Error(Problem{"internal error", message, "this is a defect of Intaglio: please report it with the model"},
              Exit::internal);
}

}  // namespace intaglio

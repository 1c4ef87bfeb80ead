// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/bench_format.h"

#include <fmt/format.h>

#include <fstream>

#include "commands/json_schema.h"
#include "support/error.h"

namespace intaglio {

nlohmann::ordered_json read_bench(const std::filesystem::path& file, const std::string& help) {
  std::ifstream stream(file);
  if (!stream) fail(file.string(), "cannot be read", help);
  auto bench = nlohmann::ordered_json::parse(stream, nullptr, false);
  if (!bench.is_object() || bench.value("kind", nlohmann::ordered_json()) != "bench")
    fail(file.string(), "is not what `intaglio bench --json` writes", help);
  if (const auto format = bench.value("format", nlohmann::ordered_json()); format != bench_format)
    fail(file.string(), fmt::format("has format {}, this version reads {}", format.dump(), bench_format), help);
  if (const auto wrong = schema_violation(bench, embedded_schema("bench")))
    fail(file.string(), fmt::format("is damaged: {}", *wrong), help);
  return bench;
}

}  // namespace intaglio

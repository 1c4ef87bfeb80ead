// What `intaglio bench --json` writes (docs/formats.md, docs/schemas/bench.schema.json).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace intaglio {

/// Grows when a key goes or changes its meaning.
inline constexpr int64_t bench_format = 1;

/// Reads such a file; Error with `help` when it is none, is damaged, or has another format.
nlohmann::ordered_json read_bench(const std::filesystem::path& file, const std::string& help);

}  // namespace intaglio

// What `intaglio report` shows, as data: the JSON block of its page (docs/formats.md, docs/schemas/report.schema.json).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>

#include "compile.h"

namespace intaglio {

/// Grows when a key goes or changes its meaning.
inline constexpr int64_t report_format = 1;

/// `bench` is what `bench_for` returned, or null.
nlohmann::ordered_json report_data(const Compiled& compiled, const CompileOptions& options,
                                   nlohmann::ordered_json bench);

/// Reads what `intaglio bench --json` wrote; Error when it is something else, or not of what was compiled here: another
/// model, target or choice of kernels.
nlohmann::ordered_json bench_for(const Compiled& compiled, const CompileOptions& options,
                                 const std::filesystem::path& file);

}  // namespace intaglio

// JSON as every file and every --json of the tool writes it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace intaglio {

/// Indented by one space, without a newline at the end.
/// Text that is not UTF-8, which JSON cannot hold, is made readable.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace intaglio

// What the tests of `intaglio report` write pages about.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>

namespace intaglio_cli {

/// What `intaglio bench --json` could have measured of a model for the default target.
std::string bench_of(const std::filesystem::path& model);

/// A model whose first layers, a convolution, its pooling and an average, run together in bands.
std::string banded_model();

/// The same with names that end scripts, begin tags and are far too long.
std::string hostile_model();

}  // namespace intaglio_cli

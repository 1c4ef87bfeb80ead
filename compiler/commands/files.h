// Writing whole files.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string_view>

#include "backend/generate.h"

namespace intaglio {

/// The file has the old contents or all of the new ones, also when this process is killed or another one writes the
/// same file: a temporary file beside it takes its place. What is no file (a terminal, a pipe) is written as it is.
/// Throws Error when it cannot be written.
void write_file(const std::filesystem::path& path, std::string_view contents);

/// Throws Error when write_file would not write there; to fail before other things are written.
void expect_writable(const std::filesystem::path& path);

/// Writes a generated file below `folder` as it comes, with the folders on its path.
/// Throws Error when it cannot be written.
void write_generated(const std::filesystem::path& folder, const GeneratedFile& file);

}  // namespace intaglio

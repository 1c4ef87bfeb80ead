// Running the `intaglio` under test, and what it leaves in folders.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/files.h"
#include "support/process.h"

namespace intaglio_cli {

using intaglio::read_file;
using intaglio::TemporaryFolder;
using intaglio::testing::Outcome;
using intaglio::testing::run;
using intaglio::testing::write_file;

/// The program under test: the one of this build, or $INTAGLIO_PROGRAM.
std::string program();
/// Runs it.
Outcome intaglio(std::vector<std::string> arguments, const std::string& setting = {});

/// A file of tests/models.
std::filesystem::path model(const std::string& name);
/// A network that is quick to compile.
inline const std::string small = model("s4_residual.ts.b4.onnx");

/// Contents of all files below a folder, by relative path; empty when there is no folder.
std::map<std::string, std::string> contents(const std::filesystem::path& folder);
/// When each of them was written.
std::map<std::string, std::filesystem::file_time_type> write_times(const std::filesystem::path& folder);

}  // namespace intaglio_cli

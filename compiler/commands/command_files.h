// Files that commands hand on: pages, programs to be built or run, schemas. They are embedded in the program.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string_view>

namespace intaglio {

/// A file of assets/, third_party/ or docs/, by path relative to that folder.
std::string_view command_file(std::string_view path);

}  // namespace intaglio

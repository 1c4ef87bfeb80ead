// A C and C++ identifier for a name from a model.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>

namespace intaglio {

/// Every run of characters other than [A-Za-z0-9] becomes one '_', none at the end; a leading digit or underscore gets
/// the prefix "v". So neither the result nor what is made of it with '_' between holds two underscores, which C++
/// reserves; "v" when nothing is left.
std::string plain_identifier(std::string_view name);

}  // namespace intaglio

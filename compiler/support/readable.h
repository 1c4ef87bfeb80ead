// Text of unknown origin made fit for messages, comments and JSON.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>

namespace intaglio {

/// UTF-8 stays; every byte that is none becomes four characters, as in "caf\xe9".
std::string readable(std::string_view text);

}  // namespace intaglio

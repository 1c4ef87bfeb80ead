// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/identifier.h"

namespace intaglio {

std::string plain_identifier(std::string_view name) {
  std::string result;
  for (char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
    if (letter || digit) {
      result += c;
    } else if (!result.ends_with('_')) {
      result += '_';
    }
  }
  if (result.ends_with('_')) result.pop_back();
  if (result.empty() || (result[0] >= '0' && result[0] <= '9') || result[0] == '_') result.insert(0, 1, 'v');
  return result;
}

}  // namespace intaglio

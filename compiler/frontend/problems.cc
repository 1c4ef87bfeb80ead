// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/problems.h"

#include <algorithm>

#include "support/readable.h"

namespace intaglio::frontend {

std::string printable(std::string_view text) {
  constexpr size_t longest = 200;
  const bool cut = text.size() > longest;
  size_t end = std::min(longest, text.size());
  // Not between the bytes of one character, of which at most three continue the first.
  for (int i = 0; cut && i < 3 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; ++i) --end;
  std::string result = readable(text.substr(0, end));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return cut ? result + "..." : result;
}

std::string in_quotes(std::string_view name) { return "'" + printable(name) + "'"; }

void Problems::add(const std::string& place, std::string message, std::string help) {
  problems_.push_back({place.empty() ? file_ : file_ + ": " + place, std::move(message), std::move(help)});
}

void Problems::add(const std::string& place, const Error& error) {
  for (const Problem& problem : error.problems()) add(place, problem.message, problem.help);
}

void Problems::throw_if_any() const {
  if (!problems_.empty()) throw Error(problems_);
}

}  // namespace intaglio::frontend

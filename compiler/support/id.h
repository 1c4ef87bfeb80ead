// Typed integer ids: an index into one particular store, which cannot be mixed up with an index into another.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace intaglio {

/// Index into the store named by `Tag`; default constructed it refers to nothing.
template <class Tag>
struct Id {
  int32_t value = -1;

  Id() = default;
  explicit Id(size_t index) : value(static_cast<int32_t>(index)) {}
  explicit operator bool() const { return value >= 0; }
  size_t index() const { return static_cast<size_t>(value); }
  auto operator<=>(const Id&) const = default;
};

}  // namespace intaglio

template <class Tag>
struct std::hash<intaglio::Id<Tag>> {
  size_t operator()(intaglio::Id<Tag> id) const noexcept { return std::hash<int32_t>{}(id.value); }
};

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/interface.h"

#include <fmt/format.h>

#include <array>

#include "support/error.h"
#include "support/hash.h"

namespace intaglio {

std::string_view weight_storage_name(WeightStorage storage) {
  switch (storage) {
    case WeightStorage::inline_arrays:
      return "inline";
    case WeightStorage::incbin:
      return "incbin";
    case WeightStorage::external:
      return "external";
  }
  internal_error("unknown weight storage");
}

WeightLayout lay_out_weights(const Program& program) {
  WeightLayout layout;
  for (const Weight& weight : program.weights) {
    layout.offsets.push_back(layout.bytes);
    layout.bytes += (weight.data.byte_count() + weights_alignment - 1) / weights_alignment * weights_alignment;
  }
  return layout;
}

WeightLayout lay_out_prepared(const Program& program) {
  WeightLayout layout;
  for (const Weight& weight : program.weights) {
    layout.offsets.push_back(layout.bytes);
    if (!weight.preparation) continue;
    const Preparation& p = *weight.preparation;
    const int64_t bytes = weight.data.elements() / p.taps() * p.points() * 4;
    layout.bytes += (bytes + weights_alignment - 1) / weights_alignment * weights_alignment;
  }
  return layout;
}

std::string external_header(const Program& program, const WeightLayout& layout) {
  std::string names;  // layout: names, types and places
  for (size_t i = 0; i < program.weights.size(); ++i) {
    names += fmt::format("{} {} {}\n", program.weights[i].name, element_type_name(program.weights[i].data.type()),
                         layout.offsets[i]);
  }
  std::string header = "INTAGLIO";
  const std::array<uint64_t, 2> words = {hash64(names), static_cast<uint64_t>(layout.bytes)};
  for (uint64_t word : words) {
    for (int byte = 0; byte < 8; ++byte) header += static_cast<char>(word >> (8 * byte) & 0xff);
  }
  return header;
}

}  // namespace intaglio

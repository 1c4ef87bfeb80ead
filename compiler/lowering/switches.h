// What of lowering --disable leaves out. Code names the enumerators, so that a misspelt one does not compile.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>
#include <cstdint>
#include <set>
#include <string_view>

namespace intaglio {

enum class Switch : uint8_t {
  clipping,
  elementwise_chains,
  planar_convolution,
  plain_winograd,
  row_tiling,
  storage_sharing,
  strassen,
  subsampling,
  task_costs,
  winograd,
};

struct SwitchRow {
  Switch value;
  std::string_view name;
};

/// Every switch and its name on the command line.
inline constexpr std::array lowering_switches = {SwitchRow{Switch::clipping, "clipping"},
                                                 SwitchRow{Switch::elementwise_chains, "elementwise_chains"},
                                                 SwitchRow{Switch::planar_convolution, "planar_convolution"},
                                                 SwitchRow{Switch::plain_winograd, "plain_winograd"},
                                                 SwitchRow{Switch::row_tiling, "row_tiling"},
                                                 SwitchRow{Switch::storage_sharing, "storage_sharing"},
                                                 SwitchRow{Switch::strassen, "strassen"},
                                                 SwitchRow{Switch::subsampling, "subsampling"},
                                                 SwitchRow{Switch::task_costs, "task_costs"},
                                                 SwitchRow{Switch::winograd, "winograd"}};

}  // namespace intaglio

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/pipeline.h"

#include <array>

#include "ir/verify.h"
#include "passes/drop_padding_taps.h"
#include "passes/eliminate_common_subexpressions.h"
#include "passes/eliminate_dead_code.h"
#include "passes/eliminate_identities.h"
#include "passes/flatten_to_conv.h"
#include "passes/fold_batch_norm.h"
#include "passes/fold_constants.h"
#include "passes/fold_scale.h"
#include "passes/fuse_epilogues.h"
#include "passes/fuse_pad.h"
#include "passes/lower_batch_norm.h"
#include "passes/normalise_gemm.h"
#include "passes/recognise_activations.h"
#include "passes/recognise_channel_shuffle.h"
#include "passes/recognise_norms.h"
#include "passes/sink_transposes.h"

namespace intaglio {

std::span<const Pass> passes() {
  static constexpr std::array pipeline = {
      Pass{"fold_constants", fold_constants},  // shape arithmetic and weight transformations disappear first
      Pass{"eliminate_identities", eliminate_identities},  // so that patterns stand side by side
      Pass{"eliminate_common_subexpressions",
           eliminate_common_subexpressions},  // before anything asks for single readers
      Pass{"eliminate_dead_code", eliminate_dead_code},
      Pass{"recognise_activations", recognise_activations},  // composite functions, before their parts are folded away
      Pass{"recognise_norms", recognise_norms},
      Pass{"recognise_channel_shuffle", recognise_channel_shuffle},  // before transposes move
      Pass{"sink_transposes", sink_transposes},                      // its convolutions take part in the folds
      Pass{"normalise_gemm", normalise_gemm},                        // one form of Gemm for the folds
      Pass{"fold_batch_norm", fold_batch_norm},                      // whole normalisations first ...
      Pass{"lower_batch_norm", lower_batch_norm},                    // ... what is left becomes scale and shift ...
      Pass{"fold_scale", fold_scale},                                // ... which may fold one by one
      Pass{"fuse_pad", fuse_pad},                    // after the folds: shifts fold only where nothing is padded
      Pass{"drop_padding_taps", drop_padding_taps},  // what it leaves of a kernel may be 1x1, of a pool nothing
      Pass{"flatten_to_conv", flatten_to_conv},
      Pass{"eliminate_identities", eliminate_identities},  // reshapes that met, activations that became neighbours
      Pass{"fuse_epilogues", fuse_epilogues},              // last: the folds ask for operators without epilogues
      Pass{"eliminate_common_subexpressions", eliminate_common_subexpressions},  // weights that became equal
      Pass{"eliminate_dead_code", eliminate_dead_code},
  };
  return pipeline;
}

void run_passes(Graph& graph, const std::set<std::string>& disabled, const AfterPass& after) {
  for (const Pass& pass : passes()) {
    if (disabled.contains(std::string(pass.name))) continue;
    const bool fired = pass.run(graph);
#ifndef NDEBUG
    verify(graph);
#endif
    if (after) after(pass, graph, fired);
  }
}

}  // namespace intaglio

// Batch normalisation with statistics known at run time: the batch's own (training mode) or computed ones; planar.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/contiguous.h"
#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/template.h"

namespace intaglio {

std::string render(const BatchStatisticsStep& kernel, const Step&, Emitter& emitter) {
  const int64_t count = kernel.outer * kernel.inner, rest = kernel.inner % 8;
  std::string parameters, arguments;
  auto parameter = [&](const View& view, const char* text) {
    parameters += (parameters.empty() ? "" : ", ") + std::string(text);
    arguments += (arguments.empty() ? "" : ", ") + emitter.pointer(view);
  };
  parameter(kernel.x, "const float* x");
  parameter(kernel.scale, "const float* scale");
  parameter(kernel.bias, "const float* bias");
  if (kernel.mean_output || !kernel.training) parameter(kernel.running_mean, "const float* running_mean");
  if (kernel.variance_output || !kernel.training) parameter(kernel.running_variance, "const float* running_variance");
  parameter(kernel.y, "float* y");
  if (kernel.mean_output) parameter(*kernel.mean_output, "float* mean_output");
  if (kernel.variance_output) parameter(*kernel.variance_output, "float* variance_output");

  const std::string extents = fmt::format("{}x{}x{}", kernel.outer, kernel.channels, kernel.inner);
  const std::string name = emitter.function(
      (kernel.training ? "batch_norm_training_" : "batch_norm_") + extents, [&](const std::string& unique) {
        return render_template(
            "kernels/batch_statistics.cpp.tmpl",
            TemplateValues()
                .set("comment", fmt::format("Batch normalisation of {} by {} mean and variance per channel.", extents,
                                            kernel.training ? "its own" : "the given"))
                .set("name", unique)
                .set("parameters", parameters)
                .set("outer", kernel.outer)
                .set("channels", kernel.channels)
                .set("inner", kernel.inner)
                .set("image", kernel.image())
                .set("count_float", float_literal(static_cast<float>(count)))
                .set("epsilon", float_literal(kernel.epsilon))
                .set("momentum", float_literal(kernel.momentum))
                .set("remainder", float_literal(1.0f - kernel.momentum))
                .flag("training", kernel.training)
                .flag("given", !kernel.training)
                .flag("mean", kernel.mean_output.has_value())
                .flag("variance", kernel.variance_output.has_value())
                .flag("has_whole", kernel.inner >= 8)
                .set("whole", kernel.inner - rest)
                .flag("has_rest", rest > 0)
                .set("rest", rest));
      });
  return fmt::format("{}({});", name, arguments);
}

}  // namespace intaglio

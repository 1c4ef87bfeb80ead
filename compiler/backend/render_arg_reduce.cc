// Index of the largest or smallest element along an axis of planar data.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/emitter.h"
#include "backend/template.h"

namespace intaglio {

std::string render(const ArgReduceStep& kernel, const Step&, Emitter& emitter) {
  const char* order = kernel.max ? ">" : "<";
  const std::string wanted =
      fmt::format("arg_{}_{}x{}x{}", kernel.max ? "max" : "min", kernel.outer, kernel.extent, kernel.inner);
  const std::string comment = fmt::format(
      "Index of the {} of {} elements, the {} one of equals; NaN is never {}. x: {} x {} x {}, y: {} x {}.",
      kernel.max ? "largest" : "smallest", kernel.extent, kernel.select_last_index ? "last" : "first",
      kernel.max ? "larger" : "smaller", kernel.outer, kernel.extent, kernel.inner, kernel.outer, kernel.inner);
  const std::string name = emitter.function(wanted, [&](const std::string& unique) {
    return render_template("kernels/arg_reduce.cpp.tmpl",
                           TemplateValues()
                               .set("comment", comment)
                               .set("name", unique)
                               .set("type", c_type(kernel.x.type))
                               .set("outer", kernel.outer)
                               .set("extent", kernel.extent)
                               .set("inner", kernel.inner)
                               .set("step", kernel.stride == 0 ? "inner" : std::to_string(kernel.stride))
                               .set("order", order + std::string(kernel.select_last_index ? "=" : "")));
  });
  return fmt::format("{}({}, {});", name, emitter.pointer(kernel.x), emitter.pointer(kernel.y));
}

}  // namespace intaglio

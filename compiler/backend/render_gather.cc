// Gather along an axis by indices that are known at run time only: of stretches of elements, or of each element.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/emitter.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

std::string render(const GatherStep& kernel, const Step&, Emitter& emitter) {
  if (kernel.y.shape.elements() == 0) return {};
  require(kernel.extent > 0, "an empty axis has no elements to gather");
  const bool elements = kernel.for_each_element;
  const int64_t count = kernel.y.shape.elements() / (kernel.outer * kernel.inner);
  const std::string type = c_type(kernel.x.type);
  const std::string wanted = fmt::format("gather{}_{}x{}x{}_by_{}", elements ? "_elements" : "", kernel.outer,
                                         kernel.extent, kernel.inner, count);
  const std::string comment = elements ? fmt::format("Gathers each of {}x{}x{} elements along an axis of {}.",
                                                     kernel.outer, count, kernel.inner, kernel.extent)
                                       : fmt::format("Gathers {} of {} stretches of {} elements, {} times.", count,
                                                     kernel.extent, kernel.inner, kernel.outer);
  const std::string name = emitter.function(wanted, [&](const std::string& unique) {
    TemplateValues values;
    values.set("comment", comment)
        .set("name", unique)
        .set("type", type)
        .set("index_type", c_type(kernel.indices.type))
        .set("outer", kernel.outer)
        .set("extent", kernel.extent)
        .set("inner", kernel.inner)
        .set("count", count);
    if (elements) return render_template("kernels/gather_elements.cpp.tmpl", values);
    values.set("statement", kernel.inner >= 8
                                ? fmt::format("INTAGLIO_MEMCPY(target, source, inner * sizeof({}));", type)
                                : "for (ptrdiff_t k = 0; k < inner; ++k) target[k] = source[k];");
    return render_template("kernels/gather.cpp.tmpl", values);
  });
  return fmt::format("{}({}, {}, {});", name, emitter.pointer(kernel.x), emitter.pointer(kernel.indices),
                     emitter.pointer(kernel.y));
}

}  // namespace intaglio

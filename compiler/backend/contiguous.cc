// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/contiguous.h"

#include <fmt/format.h>

#include "backend/template.h"

namespace intaglio {

namespace {

/// Name, description and accumulation of a term; `sum` and `v` are vectors in scope, `s` the shift in all lanes.
struct Term {
  const char* name;
  const char* description;
  std::string step;
  bool shifted;
};

Term describe(SumTerm term, const Emitter& emitter) {
  switch (term) {
    case SumTerm::value:
      return {"sum", "x", "f32x8_add(next, v)", false};
    case SumTerm::magnitude:
      return {"sum_of_magnitudes", "|x|", "f32x8_add(next, f32x8_abs(v))", false};
    case SumTerm::square:
      return {"sum_of_squares", "x^2", "f32x8_fma(v, v, next)", false};
    case SumTerm::exponential:
      return {"sum_of_exponentials", "exp(x - shift)",
              fmt::format("f32x8_add(next, {}(f32x8_sub(v, s)))", emitter.elementary(UnaryKind::exp)), true};
    case SumTerm::squared_deviation:
      break;
  }
  return {"sum_of_squared_deviations", "(x - shift)^2", "f32x8_fma(f32x8_sub(v, s), f32x8_sub(v, s), next)", true};
}

}  // namespace

std::string contiguous_sum(SumTerm term, Emitter& emitter) {
  const Term t = describe(term, emitter);
  return emitter.function(t.name, [&](const std::string& name) {
    return render_template("kernels/contiguous_sum.cpp.tmpl", TemplateValues()
                                                                  .set("name", name)
                                                                  .set("description", t.description)
                                                                  .set("parameter", t.shifted ? ", float shift" : "")
                                                                  .flag("shifted", t.shifted)
                                                                  .set("step", t.step));
  });
}

std::string contiguous_extreme(bool largest, Emitter& emitter) {
  return emitter.function(largest ? "largest" : "smallest", [&](const std::string& name) {
    return render_template("kernels/contiguous_extreme.cpp.tmpl",
                           TemplateValues()
                               .set("name", name)
                               .set("description", largest ? "largest" : "smallest")
                               .set("start", largest ? "-INTAGLIO_INFINITY" : "INTAGLIO_INFINITY")
                               .set("extreme", largest ? "f32x8_max_nan" : "f32x8_min_nan")
                               .set("horizontal", largest ? "f32x8_horizontal_max" : "f32x8_horizontal_min"));
  });
}

}  // namespace intaglio

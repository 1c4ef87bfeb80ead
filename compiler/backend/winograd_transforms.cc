// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/winograd_transforms.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/element_literal.h"
#include "backend/template.h"

namespace intaglio {

namespace {

struct Product {
  double factor;
  std::string value;
};

/// What the vocabulary calls the functions of one or two blocks.
struct Vector {
  std::string type, multiply_add;
  Vector(const Emitter& emitter, int64_t blocks)
      : type(blocks > 1 ? "f32x16" : "f32x8"), multiply_add(blocks > 1 ? "f32x16_fma" : emitter.multiply_add()) {}
  std::string call(const char* function, const std::string& arguments) const {
    return fmt::format("{}_{}({})", type, function, arguments);
  }
  std::string add(const std::string& a, const std::string& b) const { return call("add", a + ", " + b); }
  std::string sub(const std::string& a, const std::string& b) const { return call("sub", a + ", " + b); }
};

/// Sum of the terms; those with factor 1 come first, so that the sum starts without a product.
std::string linear_combination(std::vector<Product> terms, const Vector& vector) {
  std::erase_if(terms, [](const Product& term) { return term.factor == 0; });
  auto rank = [](const Product& term) { return term.factor == 1 ? 0 : term.factor == -1 ? 1 : 2; };
  std::stable_sort(terms.begin(), terms.end(), [&](const Product& a, const Product& b) { return rank(a) < rank(b); });
  std::string sum;
  for (const Product& term : terms) {
    const std::string factor = vector.call("splat", float_literal(static_cast<float>(term.factor)));
    if (sum.empty()) {
      sum = term.factor == 1    ? term.value
            : term.factor == -1 ? vector.call("neg", term.value)
                                : vector.call("mul", factor + ", " + term.value);
    } else if (term.factor == 1 || term.factor == -1) {
      sum = term.factor == 1 ? vector.add(sum, term.value) : vector.sub(sum, term.value);
    } else {
      sum = fmt::format("{}({}, {}, {})", vector.multiply_add, factor, term.value, sum);
    }
  }
  return sum;
}

TemplateValues assignment(const Vector& vector, const std::string& value, const std::string& expression) {
  return TemplateValues().set("type", vector.type).set("value", value).set("expression", expression);
}
TemplateValues store(const Vector& vector, int64_t index, const std::string& expression) {
  return TemplateValues().set("type", vector.type).set("index", index).set("expression", expression);
}
/// Value `index` of x: of two blocks, where they are apart, joined.
TemplateValues load(const Vector& vector, bool joined, const std::string& value, int64_t index) {
  const std::string offset = fmt::format("{} * x_stride", index);
  return assignment(vector, value,
                    joined
                        ? fmt::format("f32x16_join(f32x8_load(x + {0}), f32x8_load(x + x_block_stride + {0}))", offset)
                        : vector.call("load", "x + " + offset));
}

std::string transform_function(Emitter& emitter, const std::string& wanted, const std::string& comment, bool joined,
                               std::vector<TemplateValues> loads, std::vector<TemplateValues> statements,
                               std::vector<TemplateValues> stores) {
  return emitter.function(wanted, [&](const std::string& name) {
    return render_template("kernels/winograd_transform.cpp.tmpl", TemplateValues()
                                                                      .set("comment", comment)
                                                                      .set("name", name)
                                                                      .flag("joined", joined)
                                                                      .list("loads", std::move(loads))
                                                                      .list("statements", std::move(statements))
                                                                      .list("stores", std::move(stores)));
  });
}

/// The terms of a row that a sum takes: the rows of points p and -p share the sums of their even and of their odd
/// terms.
enum class Terms { all, even, odd };

std::string row_terms(const std::vector<double>& row, Terms which, const std::string& prefix, const Vector& vector) {
  std::vector<Product> terms;
  for (size_t i = 0; i < row.size(); ++i) {
    if (which == Terms::all || which == (i % 2 == 0 ? Terms::even : Terms::odd))
      terms.push_back({row[i], fmt::format("{}{}", prefix, i)});
  }
  return linear_combination(terms, vector);
}

/// Products of a matrix of points with the values <values>0, <values>1, ..: statements whose names begin with `names`,
/// and the points, stored from index `first` on.
void add_points(const WinogradTransform& t, const std::vector<std::vector<double>>& matrix, const std::string& values,
                const std::string& names, int64_t first, const Vector& vector, std::vector<TemplateValues>& statements,
                std::vector<TemplateValues>& stores) {
  auto terms = [&](int64_t point, Terms which) { return row_terms(matrix[point], which, values, vector); };
  if (t.first_pair() == 1) stores.push_back(store(vector, first, terms(0, Terms::all)));
  for (int64_t point = t.first_pair(); point + 1 < t.points(); point += 2) {
    const std::string even = fmt::format("{}even{}", names, point), odd = fmt::format("{}odd{}", names, point);
    statements.push_back(assignment(vector, even, terms(point, Terms::even)));
    statements.push_back(assignment(vector, odd, terms(point, Terms::odd)));
    stores.push_back(store(vector, first + point, vector.add(even, odd)));
    stores.push_back(store(vector, first + point + 1, vector.sub(even, odd)));
  }
  stores.push_back(store(vector, first + t.points() - 1, terms(t.points() - 1, Terms::all)));
}

}  // namespace

std::string input_transform(Emitter& emitter, const WinogradTransform& t, int64_t blocks, bool joined) {
  const int64_t n = t.points();
  const Vector vector(emitter, blocks);
  std::vector<TemplateValues> loads, statements, stores;
  for (int64_t i = 0; i < n; ++i) loads.push_back(load(vector, joined, fmt::format("d{}", i), i));
  add_points(t, t.input, "d", "", 0, vector, statements, stores);
  return transform_function(emitter,
                            fmt::format("winograd_input_{}{}", n,
                                        joined       ? "_joined"
                                        : blocks > 1 ? "_wide"
                                                     : ""),
                            fmt::format("Winograd's input transform of {0} values to {0} points.", n), joined,
                            std::move(loads), std::move(statements), std::move(stores));
}

/// The columns of points p and -p differ in the sign of odd powers:
/// their sum and their difference are taken once.
std::string output_transform(Emitter& emitter, const WinogradTransform& t, int64_t blocks) {
  const int64_t n = t.points();
  const Vector vector(emitter, blocks);
  std::vector<TemplateValues> loads, statements, stores;
  for (int64_t i = 0; i < n; ++i) loads.push_back(load(vector, false, fmt::format("m{}", i), i));
  for (int64_t point = t.first_pair(); point + 1 < n; point += 2) {
    statements.push_back(assignment(vector, fmt::format("sum{}", point),
                                    vector.add(fmt::format("m{}", point), fmt::format("m{}", point + 1))));
    if (t.outputs > 1) {
      statements.push_back(assignment(vector, fmt::format("difference{}", point),
                                      vector.sub(fmt::format("m{}", point), fmt::format("m{}", point + 1))));
    }
  }
  for (int64_t output = 0; output < t.outputs; ++output) {
    std::vector<Product> terms;
    if (t.first_pair() == 1) terms.push_back({t.output[output][0], "m0"});
    for (int64_t point = t.first_pair(); point + 1 < n; point += 2) {
      terms.push_back({t.output[output][point], fmt::format("{}{}", output % 2 == 0 ? "sum" : "difference", point)});
    }
    terms.push_back({t.output[output][n - 1], fmt::format("m{}", n - 1)});
    stores.push_back(store(vector, output, linear_combination(terms, vector)));
  }
  return transform_function(emitter, fmt::format("winograd_output_{}_of_{}{}", t.outputs, n, blocks > 1 ? "_wide" : ""),
                            fmt::format("Winograd's output transform of {} points to {} values.", n, t.outputs), false,
                            std::move(loads), std::move(statements), std::move(stores));
}

std::vector<TemplateValues> weight_transform(const Emitter& emitter, const WinogradTransform& h,
                                             const WinogradTransform& w, int64_t blocks) {
  const Vector vector(emitter, blocks);
  std::vector<TemplateValues> groups;
  // Rows of points from their values r<row>_0, r<row>_1, .. per column of taps, which `statements` define.
  auto add_rows = [&](std::vector<TemplateValues> statements, const std::vector<int64_t>& rows) {
    std::vector<TemplateValues> stores;
    for (int64_t row : rows) {
      const std::string values = fmt::format("r{}_", row);
      add_points(w, w.kernel, values, values, row * w.points(), vector, statements, stores);
    }
    groups.push_back(TemplateValues().list("statements", std::move(statements)).list("stores", std::move(stores)));
  };
  auto column_terms = [&](int64_t row, int64_t column, Terms which) {
    return row_terms(h.kernel[row], which, fmt::format("g{}_", column), vector);
  };
  auto single_row = [&](int64_t row) {
    std::vector<TemplateValues> statements;
    for (int64_t column = 0; column < w.taps; ++column)
      statements.push_back(
          assignment(vector, fmt::format("r{}_{}", row, column), column_terms(row, column, Terms::all)));
    add_rows(statements, {row});
  };
  if (h.first_pair() == 1) single_row(0);
  for (int64_t row = h.first_pair(); row + 1 < h.points(); row += 2) {
    std::vector<TemplateValues> statements;
    for (int64_t column = 0; column < w.taps; ++column) {
      const std::string even = fmt::format("even{}", column), odd = fmt::format("odd{}", column);
      statements.push_back(assignment(vector, even, column_terms(row, column, Terms::even)));
      statements.push_back(assignment(vector, odd, column_terms(row, column, Terms::odd)));
      statements.push_back(assignment(vector, fmt::format("r{}_{}", row, column), vector.add(even, odd)));
      statements.push_back(assignment(vector, fmt::format("r{}_{}", row + 1, column), vector.sub(even, odd)));
    }
    add_rows(statements, {row, row + 1});
  }
  single_row(h.points() - 1);
  return groups;
}

}  // namespace intaglio

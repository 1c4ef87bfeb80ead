// All importers in one table, by name.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <map>

#include "frontend/import.h"
#include "frontend/importers.h"

namespace intaglio {

namespace frontend {

namespace {
const std::map<std::string_view, const OperatorImporter*>& importers_by_name() {
  static const auto table = [] {
    std::map<std::string_view, const OperatorImporter*> by_name;
    for (Importers family :
         {activation_importers(), arithmetic_importers(), convolution_importers(), product_importers(),
          normalization_importers(), pool_importers(), reduction_importers(), shape_importers(), movement_importers(),
          resize_importers(), constant_importers(), sequence_importers()}) {
      for (const OperatorImporter& row : family) by_name.emplace(row.name, &row);
    }
    return by_name;
  }();
  return table;
}
}  // namespace

const OperatorImporter* find_importer(std::string_view name) {
  const auto found = importers_by_name().find(name);
  return found == importers_by_name().end() ? nullptr : found->second;
}

}  // namespace frontend

const std::vector<OperatorRow>& operator_table() {
  static const std::vector<OperatorRow> rows = [] {
    std::vector<OperatorRow> result;
    for (const auto& [name, importer] : frontend::importers_by_name()) {
      result.push_back({std::string(name), importer->since_versions, std::string(importer->limits)});
    }
    return result;
  }();
  return rows;
}

}  // namespace intaglio

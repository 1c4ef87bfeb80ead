// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/json_text.h"

#include "support/readable.h"

namespace intaglio {

namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson with_readable_text(const OrderedJson& json) {
  if (json.is_string()) return readable(json.get_ref<const std::string&>());
  if (json.is_array()) {
    OrderedJson result = OrderedJson::array();
    for (const OrderedJson& item : json) result.push_back(with_readable_text(item));
    return result;
  }
  if (json.is_object()) {
    OrderedJson result = OrderedJson::object();
    for (const auto& [key, value] : json.items()) result[readable(key)] = with_readable_text(value);
    return result;
  }
  return json;
}

}  // namespace

std::string json_text(const nlohmann::ordered_json& json) { return with_readable_text(json).dump(1, ' '); }

}  // namespace intaglio

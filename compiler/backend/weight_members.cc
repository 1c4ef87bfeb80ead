// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/weight_members.h"

#include <fmt/format.h>

#include "backend/emitter.h"
#include "backend/template.h"

namespace intaglio {

namespace {

std::string render_struct(const Interface& names, const std::string& kind, const std::string& comment,
                          const std::string& bytes, const std::vector<TemplateValues>& members) {
  return render_template("weight_members.cpp.tmpl", TemplateValues()
                                                        .set("type", fmt::format("{}_{}", names.name, kind))
                                                        .set("comment", comment)
                                                        .set("align", weights_alignment)
                                                        .set("bytes", fmt::format("{}_{}", names.upper, bytes))
                                                        .list("members", members));
}

TemplateValues member(const std::string& type, const std::string& name, int64_t elements) {
  return TemplateValues()
      .set("align", weights_alignment)
      .set("type", type)
      .set("member", name)
      .set("elements", elements);
}

}  // namespace

WeightMembers weight_members(const Program& program, const Interface& names, WeightStorage storage) {
  WeightMembers result;
  const bool arrays = storage == WeightStorage::inline_arrays;
  std::vector<TemplateValues> stored, prepared;
  std::set<std::string> taken;
  for (const Weight& weight : program.weights) {
    const std::string name = own_identifier(weight.name, names.upper + "_", taken);
    result.stored.push_back(arrays ? fmt::format("{}_weights_{}", names.name, weight.name) : "weights." + name);
    result.prepared.push_back("prepared." + name);
    result.pointers.push_back(weight.preparation ? result.prepared.back() : result.stored.back());
    const int64_t elements = weight.data.elements();
    if (elements == 0) continue;
    if (!arrays) stored.push_back(member(c_type(weight.data.type()), name, elements));
    if (const auto& p = weight.preparation)
      prepared.push_back(member("float", name, elements / p->taps() * p->points()));
  }
  if (!stored.empty()) {
    const bool external = storage == WeightStorage::external;
    result.structs +=
        render_struct(names, "weights",
                      fmt::format("Weights as they follow each other in {}_weights.bin{}.", names.name,
                                  external ? ", behind its header" : ""),
                      external ? fmt::format("WEIGHTS_BYTES - {}", external_header_bytes) : "WEIGHTS_BYTES", stored);
  }
  if (!prepared.empty()) {
    result.structs +=
        (result.structs.empty() ? "" : "\n") +
        render_struct(names, "prepared", fmt::format("What {}_prepare makes.", names.name), "PREPARED_BYTES", prepared);
  }
  return result;
}

}  // namespace intaglio

// Names and constants of a generated model's C interface, shared by the files that render it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "backend/generate.h"
#include "backend/identifiers.h"
#include "backend/manifest.h"

namespace intaglio {

/// What a model's own names became: docs/generated-code.md lists what is renamed and why.
struct Interface {
  std::string name;                          ///< in front of functions and types
  std::string upper;                         ///< in front of macros
  std::string stem;                          ///< of NAME.cpp and NAME.manifest.json
  std::string header;                        ///< "NAME.h"
  std::string guard;                         ///< of the header
  std::string target;                        ///< in CMake
  std::vector<std::string> inputs, outputs;  ///< member names of NAME_io
  std::vector<std::string> steps;            ///< by step, the constant that NAME_ON_STEP takes
  std::vector<std::string> notes;            ///< one per name that stands for another because of a collision

  /// Of some letters only, so that another model may have the same macros and a name that differs in capitals alone.
  bool has_capitals() const { return name != lower_case(name) && name != upper_case(name); }
};

/// `name` as model_name gives it.
Interface make_interface(const Program& program, const std::string& name);

inline constexpr int64_t weights_alignment = 64;
inline constexpr int64_t external_header_bytes = 64;
inline constexpr std::string_view tool_version = "0.1.0";

/// Places of the weights in the blob, and its size.
struct WeightLayout {
  std::vector<int64_t> offsets;
  int64_t bytes = 0;
};
WeightLayout lay_out_weights(const Program& program);
/// Places of prepared weights in the memory of NAME_prepare, and its size: 0 when there are none.
WeightLayout lay_out_prepared(const Program& program);
/// The first bytes of an external blob that the run function compares.
std::string external_header(const Program& program, const WeightLayout& layout);

std::string render_header(const Program&, const ArenaLayout&, const Interface&, const GenerateOptions&);
std::string render_source(const Program&, const ArenaLayout&, const Target&, const Interface&, const GenerateOptions&);
std::string render_self_test(const Program&, const Interface&, const GenerateOptions&);
/// Without the hashes of files and weights, for which all of them have to be made.
Manifest describe(const Program&, const ArenaLayout&, const Target&, const Interface&, const GenerateOptions&);

struct WeightsFiles {
  std::vector<GeneratedFile> files;  ///< NAME_weights.cpp and, unless weights are inline, NAME_weights.bin
  Manifest::Texts tensors;           ///< what the manifest says of them
};
WeightsFiles weights_files(const Program&, const Interface&, const GenerateOptions&);

}  // namespace intaglio

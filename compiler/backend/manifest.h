// NAME.manifest.json, the one description of a generated folder: where it comes from, its interface, its kernels, its
// memory, and a hash per file. Written by generate(), read by every command that looks at a folder; `inspect --json`
// has the same keys for the same things.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "backend/bound_tensor.h"
#include "ir/tensor.h"

namespace intaglio {

/// Members are named as the keys are; what is empty or 0 where that cannot be meant is absent from the file.
struct Manifest {
  /// Grows when the meaning of a key changes or a key goes; added keys do not change it.
  static constexpr int64_t newest_format = 1;

  using Texts = std::vector<std::pair<std::string, std::string>>;  ///< an object of texts, in this order
  struct Tool {
    std::string name, version;
  };
  struct Model {
    std::string name, file, hash, graph_hash, weights_hash;
  };
  struct TargetRow {
    std::string name;
    int64_t block = 0;
    std::vector<std::string> compile_flags;
  };
  struct Port {
    std::string name, identifier;
    ElementType type = ElementType::float32;
    Shape shape;
  };
  struct Interface {
    std::vector<Port> inputs, outputs;
    std::string header, cmake_target, macro_prefix;  ///< where a collision made them differ from the model's name
  };
  struct Step {
    std::string name, kernel, what;
    int64_t macs = 0;
    std::vector<std::string> weights;  ///< names of what it reads
  };
  struct Buffer {
    std::string name;
    int64_t offset = 0, bytes = 0;
  };
  struct Memory {
    int64_t arena_bytes = 0, arena_alignment = 0;
    std::vector<Buffer> buffers;
    int64_t prepared_bytes = 0, prepared_alignment = 0;  ///< of --prepare
  };
  struct Weights {
    std::string storage;
    int64_t bytes = 0;
    /// By name, in the order in which they lie in the file, each on the next multiple of 64 bytes: "TYPE ELEMENTS HASH".
    Texts tensors;
  };

  int64_t format = newest_format;
  Tool tool;
  Model model;
  Texts options;
  Texts tuning;                    ///< by layer, what a tuning file or --tune chose
  std::vector<BoundTensor> bound;  ///< inputs that --bind made constants
  TargetRow target;
  Interface interface;
  std::vector<Step> steps;
  Memory memory;
  Weights weights;
  Texts files;  ///< path and content hash of every file but the manifest

  /// The value of an option, "" when it is not recorded.
  std::string option(const std::string& key) const;
};

nlohmann::ordered_json to_json(Manifest manifest);

/// Reads the text of a manifest; Error at `where` when it is none, is damaged, or has another format.
Manifest parse_manifest(const std::string& text, const std::string& where);

}  // namespace intaglio

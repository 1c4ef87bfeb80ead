// What differs between two generated folders, as a team reads it in a review.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backend/manifest.h"

namespace intaglio {

/// A generated folder.
struct DiffSide {
  std::filesystem::path folder;
  std::string label;  ///< as the report calls it
  Manifest manifest;
};
/// Error with Exit::usage when it cannot be read.
DiffSide read_side(const std::filesystem::path& folder, const std::string& label);

/// A layer of a manifest: its steps (bands, tasks) are one.
struct DiffLayer {
  std::string name, what;            ///< `what` without what only the kernel shows
  std::vector<std::string> kernels;  ///< "winograd F(3x5)", each once
  std::vector<std::string> weights;
  int64_t macs = 0;
};
std::vector<DiffLayer> layers_of(const Manifest& manifest);

/// What happened to a layer.
struct LayerChange {
  enum class Kind : uint8_t {
    added,
    removed,
    changed,  ///< the operator or its attributes
    resized,  ///< only the extents of its data
    same
  };
  Kind kind = Kind::same;
  std::optional<DiffLayer> before, after;
  bool renamed() const { return before && after && before->name != after->name; }
  bool other_kernel() const { return kind == Kind::same && before->kernels != after->kernels; }
};
std::string_view layer_change_name(LayerChange::Kind kind);

/// Matches layers by structure: an alignment in the order of execution that keeps what is the same together. Weights
/// and names only decide between layers of the same structure.
std::vector<LayerChange> align_layers(const DiffSide& before, const DiffSide& after);

struct InterfaceChange {
  bool breaking = false;  ///< code that calls the network has to change
  std::string what;
};
/// Breaking ones first.
std::vector<InterfaceChange> compare_interfaces(const Manifest& before, const Manifest& after);

struct WeightChange {
  std::string layer, before, after;  ///< name of the layer and of the tensor; empty: there is none
  int64_t elements = 0;
  bool comparable = true;          ///< same type and number of elements
  std::optional<double> largest;   ///< max |difference|; unset where values were not read
  std::optional<double> relative;  ///< of max |value before|
};
struct WeightChanges {
  size_t tensors = 0;                 ///< of both sides together: those that could be matched, and the others
  std::vector<WeightChange> changed;  ///< largest relative change first
};
/// Reads values where hashes differ, unless told not to; Error with Exit::usage when it cannot.
WeightChanges compare_weights(const DiffSide& before, const DiffSide& after, const std::vector<LayerChange>& layers,
                              bool values);

struct SizeChange {
  std::string name;  ///< "arena", "flash", "prepared", "code", "macs"
  int64_t before = 0, after = 0;
  double percent() const;  ///< growth; infinite from 0
};

struct Diff {
  DiffSide before, after;
  std::vector<InterfaceChange> interface;
  std::vector<LayerChange> layers;
  WeightChanges weights;
  std::vector<SizeChange> sizes;
  std::vector<std::string> options;  ///< "target avx2, was scalar", the version, too
  std::vector<std::string> files;    ///< whose contents differ, the manifest apart

  size_t count(LayerChange::Kind kind) const;
  bool different() const;     ///< in anything
  bool weights_only() const;  ///< architecture, kernels, options, interface and sizes are the same
  const SizeChange& size(const std::string& name) const;
};
Diff compare_folders(DiffSide before, DiffSide after, bool values);

/// A condition of --fail-on.
struct Gate {
  std::string text, what;
  std::optional<double> percent;
  int64_t bytes = 0;
};
/// "interface,arena+5%,flash+16K"; Error with Exit::usage.
std::vector<Gate> parse_gates(const std::vector<std::string>& texts);
/// Why the gate stops the change; nothing when it does not.
std::optional<std::string> gate_hit(const Gate& gate, const Diff& diff);

/// A gate that was hit, and why.
struct Hit {
  std::string gate, why;
};
std::string diff_text(const Diff& diff, const std::vector<Hit>& hits);
std::string diff_markdown(const Diff& diff, const std::vector<Hit>& hits);
nlohmann::ordered_json diff_json(const Diff& diff, const std::vector<Hit>& hits);

}  // namespace intaglio

// Conditions of --fail-on.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "commands/commands.h"
#include "commands/diff.h"
#include "support/error.h"

namespace intaglio {

namespace {

constexpr std::string_view sizes[] = {"arena", "flash", "prepared", "code", "macs"};
constexpr std::string_view others[] = {"any", "interface", "layers", "kernels", "weights", "options"};

bool is_size(const std::string& what) { return std::ranges::find(sizes, what) != std::end(sizes); }

[[noreturn]] void refuse_gate(const std::string& text) {
  throw Error(
      Problem{"", fmt::format("--fail-on: '{}' is no condition", text),
              "any, interface, layers, kernels, weights, options; arena, flash, prepared, code, macs, each with "
              "what it may grow by: arena+5%, flash+16K"},
      Exit::usage);
}

}  // namespace

std::vector<Gate> parse_gates(const std::vector<std::string>& texts) {
  std::vector<Gate> gates;
  for (const std::string& text : texts) {
    const size_t plus = text.find('+');
    Gate gate{text, text.substr(0, plus), {}, 0};
    if (std::ranges::find(others, gate.what) == std::end(others) && !is_size(gate.what)) refuse_gate(text);
    if (plus != std::string::npos) {
      const std::string allowed = text.substr(plus + 1);
      if (!is_size(gate.what) || allowed.empty()) refuse_gate(text);
      if (allowed.back() == '%') {
        double percent = -1;
        const auto [end, error] = std::from_chars(allowed.data(), allowed.data() + allowed.size() - 1, percent);
        if (error != std::errc() || end != allowed.data() + allowed.size() - 1 || !(percent >= 0) ||
            std::isinf(percent))
          refuse_gate(text);
        gate.percent = percent;
      } else {
        gate.bytes = parse_size(allowed, "--fail-on");
      }
    }
    gates.push_back(std::move(gate));
  }
  return gates;
}

std::optional<std::string> gate_hit(const Gate& gate, const Diff& diff) {
  const auto hit = [](size_t count, const char* what) {
    return count > 0 ? std::optional(fmt::format("{} {}", count, what)) : std::nullopt;
  };
  if (gate.what == "any") return diff.different() ? std::optional<std::string>("the folders differ") : std::nullopt;
  if (gate.what == "interface") {
    return hit(static_cast<size_t>(std::ranges::count(diff.interface, true, &InterfaceChange::breaking)),
               "breaking changes");
  }
  if (gate.what == "layers")
    return hit(diff.layers.size() - diff.count(LayerChange::Kind::same), "layers added, removed or changed");
  if (gate.what == "kernels") {
    return hit(static_cast<size_t>(std::ranges::count_if(diff.layers, &LayerChange::other_kernel)),
               "layers with other kernels");
  }
  if (gate.what == "weights") return hit(diff.weights.changed.size(), "tensors changed");
  if (gate.what == "options") return hit(diff.options.size(), "options changed");
  const SizeChange& size = diff.size(gate.what);
  const bool over = gate.percent ? size.percent() > *gate.percent : size.after - size.before > gate.bytes;
  if (!over) return {};
  return fmt::format("{} grew from {} to {} ({:+.1f} %)", size.name, size.before, size.after, size.percent());
}

}  // namespace intaglio

// A Diff as text for the terminal, as Markdown for a pull request, and as JSON.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "commands/diff.h"

namespace intaglio {

namespace {

constexpr size_t most_tensors = 8;  // that are listed one by one

/// 1234567 -> "1 234 567".
std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, " ");
  return digits;
}

std::string percent_text(double percent) { return std::isfinite(percent) ? fmt::format("{:+.1f} %", percent) : "new"; }

std::string layer_text(const DiffLayer& layer) { return fmt::format("{}  {}", layer.name, layer.what); }

std::string kernels_text(const DiffLayer& layer) { return fmt::format("{}", fmt::join(layer.kernels, ", ")); }

/// "12 added, 1 changed, 30 the same".
std::string layer_counts(const Diff& diff) {
  std::string text;
  for (const LayerChange::Kind kind : {LayerChange::Kind::added, LayerChange::Kind::removed, LayerChange::Kind::changed,
                                       LayerChange::Kind::resized, LayerChange::Kind::same}) {
    if (const size_t count = diff.count(kind); count > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count,
                          kind == LayerChange::Kind::same      ? "the same"
                          : kind == LayerChange::Kind::resized ? "with data of another size only"
                                                               : layer_change_name(kind));
    }
  }
  return text.empty() ? "none" : text;
}

std::string weights_summary(const Diff& diff) {
  const std::vector<WeightChange>& changed = diff.weights.changed;
  std::string text = fmt::format("{} of {} tensors changed", changed.size(), diff.weights.tensors);
  const WeightChange* widest = nullptr;
  for (const WeightChange& change : changed) {
    if (change.largest && (!widest || *change.largest > *widest->largest)) widest = &change;
  }
  if (widest) text += fmt::format(", by {:.3g} at most ({})", *widest->largest, widest->after);
  const auto other = std::ranges::count(changed, false, &WeightChange::comparable);
  if (other > 0) text += fmt::format("; {} new, gone or stored in another form", other);
  return text;
}

std::string weight_text(const WeightChange& change) {
  const std::string name = change.after.empty() ? change.before : change.after;
  if (change.after.empty()) return name + " is gone";
  if (change.before.empty()) return name + " is new";
  if (!change.comparable) return name + " has another type, size or form";
  if (!change.largest) return name + " changed";
  return fmt::format("{} changed by {:.3g} at most, {:.2g} % of its largest value", name, *change.largest,
                     100 * change.relative.value_or(0));
}

/// The report as headings and lines, which text and Markdown show in their own ways.
struct Section {
  std::string heading;
  std::vector<std::string> lines;
};

std::vector<Section> sections_of(const Diff& diff, const std::vector<Hit>& hits) {
  std::vector<Section> sections;
  const auto add = [&](const std::string& heading, std::vector<std::string> lines) {
    if (!lines.empty()) sections.push_back({heading, std::move(lines)});
  };
  std::vector<std::string> lines;
  for (const Hit& hit : hits) lines.push_back(fmt::format("{}: {}", hit.gate, hit.why));
  add("Stopped by --fail-on", std::exchange(lines, {}));
  for (const InterfaceChange& change : diff.interface)
    lines.push_back((change.breaking ? "breaking: " : "") + change.what);
  add("Interface", std::exchange(lines, {}));
  for (const std::string& option : diff.options) lines.push_back(option);
  add("Options", std::exchange(lines, {}));

  for (const LayerChange& change : diff.layers) {
    if (change.kind == LayerChange::Kind::added) lines.push_back("+ " + layer_text(*change.after));
    if (change.kind == LayerChange::Kind::removed) lines.push_back("- " + layer_text(*change.before));
    if (change.kind == LayerChange::Kind::changed)
      lines.push_back(fmt::format("~ {}, was {}", layer_text(*change.after), layer_text(*change.before)));
    if (change.kind == LayerChange::Kind::resized)
      lines.push_back(fmt::format("= {}, was {}", layer_text(*change.after), change.before->what));
  }
  add("Layers: " + layer_counts(diff), std::exchange(lines, {}));
  std::map<std::string, size_t> exchanged;
  std::vector<std::string> order;
  std::map<std::string, std::string> first;
  for (const LayerChange& change : diff.layers) {
    if (!change.other_kernel()) continue;
    const std::string exchange =
        fmt::format("{} instead of {}", kernels_text(*change.after), kernels_text(*change.before));
    if (exchanged[exchange]++ == 0) order.push_back(exchange);
    first.emplace(exchange, change.after->name);
  }
  for (const std::string& exchange : order) {
    lines.push_back(exchanged[exchange] == 1
                        ? fmt::format("{}: {}", first[exchange], exchange)
                        : fmt::format("{} layers, first {}: {}", exchanged[exchange], first[exchange], exchange));
  }
  add("Kernels", std::exchange(lines, {}));
  for (size_t i = 0; i < std::min(diff.weights.changed.size(), most_tensors); ++i)
    lines.push_back(weight_text(diff.weights.changed[i]));
  if (diff.weights.changed.size() > most_tensors)
    lines.push_back(fmt::format("... and {} more", diff.weights.changed.size() - most_tensors));
  add("Weights: " + weights_summary(diff), std::exchange(lines, {}));
  return sections;
}

std::string headline(const Diff& diff) {
  if (!diff.different()) return "no difference";
  if (diff.weights_only()) return "weights only";
  if (diff.sizes.empty() || (diff.interface.empty() && diff.options.empty() && diff.weights.changed.empty() &&
                             diff.count(LayerChange::Kind::same) == diff.layers.size()))
    return "the generated code differs, the network does not";
  const auto breaking = std::ranges::count(diff.interface, true, &InterfaceChange::breaking);
  return breaking > 0 ? fmt::format("the interface breaks ({} changes)", breaking) : "the interface stays compatible";
}

const char* unit_of(const SizeChange& size) { return size.name == "macs" ? "" : " bytes"; }

}  // namespace

std::string diff_text(const Diff& diff, const std::vector<Hit>& hits) {
  std::string text = fmt::format("{} -> {}: {}\n", diff.before.label, diff.after.label, headline(diff));
  if (!diff.different()) return text;
  for (const Section& section : sections_of(diff, hits)) {
    text += fmt::format("\n{}\n", section.heading);
    for (const std::string& line : section.lines) text += fmt::format("  {}\n", line);
  }
  text += "\nSizes\n";
  for (const SizeChange& size : diff.sizes) {
    if (size.before == 0 && size.after == 0) continue;
    text += fmt::format("  {:<8} {:>15}{:<6}", size.name, grouped(size.after), unit_of(size));
    text += size.before == size.after
                ? "  as before\n"
                : fmt::format("  was {} ({})\n", grouped(size.before), percent_text(size.percent()));
  }
  return text;
}

std::string diff_markdown(const Diff& diff, const std::vector<Hit>& hits) {
  const auto code = [](const std::string& text) {
    std::string plain = text;
    std::ranges::replace(plain, '`', '\'');
    return "`" + plain + "`";
  };
  std::string text = fmt::format("### {}: {}\n\n{} → {}\n", code(diff.after.manifest.model.name), headline(diff),
                                 code(diff.before.label), code(diff.after.label));
  if (!diff.different()) return text;
  text += "\n| | before | after | |\n|---|---:|---:|---:|\n";
  for (const SizeChange& size : diff.sizes) {
    if (size.before == 0 && size.after == 0) continue;
    text += fmt::format("| {}{} | {} | {} | {} |\n", size.name, unit_of(size), grouped(size.before),
                        grouped(size.after), size.before == size.after ? "" : percent_text(size.percent()));
  }
  for (const Section& section : sections_of(diff, hits)) {
    const bool long_list = section.lines.size() > 12;
    text += long_list ? fmt::format("\n<details><summary>{}</summary>\n\n", section.heading)
                      : fmt::format("\n**{}**\n\n", section.heading);
    for (const std::string& line : section.lines) {
      const bool breaks = line.starts_with("breaking: ");
      text += fmt::format("- {}{}\n", breaks ? "**breaking:** " : "", code(breaks ? line.substr(10) : line));
    }
    if (long_list) text += "\n</details>\n";
  }
  return text;
}

nlohmann::ordered_json diff_json(const Diff& diff, const std::vector<Hit>& hits) {
  using Json = nlohmann::ordered_json;
  const auto number = [](const std::optional<double>& value) {
    return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
  };
  Json json = {{"format", 1},
               {"before", diff.before.label},
               {"after", diff.after.label},
               {"different", diff.different()},
               {"weights_only", diff.weights_only()},
               {"interface", Json::array()},
               {"options", diff.options},
               {"layers", Json::array()},
               {"weights", {{"tensors", diff.weights.tensors}, {"changed", Json::array()}}},
               {"sizes", Json::object()},
               {"files", diff.files},
               {"hits", Json::array()}};
  for (const InterfaceChange& change : diff.interface)
    json["interface"].push_back({{"breaking", change.breaking}, {"what", change.what}});
  const auto layer = [](const DiffLayer& of) {
    return Json{{"name", of.name}, {"what", of.what}, {"kernels", of.kernels}, {"macs", of.macs}};
  };
  for (const LayerChange& change : diff.layers) {
    if (change.kind == LayerChange::Kind::same && !change.renamed() && !change.other_kernel()) continue;
    Json entry = {{"change", change.other_kernel()                    ? "kernel"
                             : change.kind == LayerChange::Kind::same ? "renamed"
                                                                      : layer_change_name(change.kind)}};
    if (change.before) entry["before"] = layer(*change.before);
    if (change.after) entry["after"] = layer(*change.after);
    json["layers"].push_back(std::move(entry));
  }
  for (const WeightChange& change : diff.weights.changed) {
    json["weights"]["changed"].push_back({{"layer", change.layer},
                                          {"before", change.before},
                                          {"after", change.after},
                                          {"elements", change.elements},
                                          {"comparable", change.comparable},
                                          {"largest_change", number(change.largest)},
                                          {"relative_change", number(change.relative)}});
  }
  for (const SizeChange& size : diff.sizes) json["sizes"][size.name] = {{"before", size.before}, {"after", size.after}};
  for (const Hit& hit : hits) json["hits"].push_back({{"gate", hit.gate}, {"why", hit.why}});
  return json;
}

}  // namespace intaglio

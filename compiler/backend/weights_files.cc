// NAME_weights.cpp and NAME_weights.bin. Weights are made one at a time, while the file is written; a file is written
// once for its hash and once, later, to where it belongs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/interface.h"
#include "backend/template.h"
#include "ir/graph_hash.h"
#include "support/error.h"
#include "support/hash.h"

namespace intaglio {

namespace {

constexpr size_t piece_bytes = 64 << 10;

std::string_view text_of(const TensorData& data) {
  return {reinterpret_cast<const char*>(data.bytes().data()), data.bytes().size()};
}

/// Is shown every weight while a file is written.
using Seen = std::function<void(const Weight&, const TensorData&)>;

/// For the first time a file is written: makes the manifest's list.
Seen listing(Manifest::Texts& tensors) {
  return [&tensors](const Weight& weight, const TensorData& data) {
    if (weight.whole || data.elements() == 0) return;
    tensors.emplace_back(weight.name,
                         fmt::format("{} {} {}", element_type_name(data.type()), data.elements(), content_hash(data)));
  };
}

/// NAME_weights.bin: `header` (of external blobs: magic number, layout hash and size), then every weight at its place.
Writer blob_writer(const Program& program, const WeightLayout& layout, const std::string& header,
                   const Seen& seen = {}) {
  return [weights = program.weights, layout, header, seen](const Sink& sink) {
    sink(header);
    int64_t written = 0;
    auto pad_to = [&](int64_t offset) {
      sink(std::string(static_cast<size_t>(offset - written), '\0'));
      written = offset;
    };
    for (size_t i = 0; i < weights.size(); ++i) {
      pad_to(layout.offsets[i]);
      const TensorData data = weights[i].data.get();
      if (seen) seen(weights[i], data);
      sink(text_of(data));
      written += static_cast<int64_t>(data.bytes().size());
    }
    pad_to(layout.bytes);
  };
}

/// Values as C++ initialisers, shortest text that reads back the same, broken into lines.
void write_initialisers(const TensorData& data, const Sink& sink) {
  std::string text;
  size_t line = 0;
  const auto count = static_cast<size_t>(data.elements());
  for (size_t i = 0; i < count; ++i) {
    const std::string item = element_literal(data, i);
    if (line + item.size() > 118) {
      text += '\n';
      line = 0;
    }
    text += item;
    if (i + 1 < count) text += ',';
    line += item.size() + 1;
    if (text.size() < piece_bytes) continue;
    sink(text);
    text.clear();
  }
  sink(text);
}

/// One array per weight.
Writer inline_writer(const Program& program, const Interface& names, const Seen& seen = {}) {
  return [weights = program.weights, names, seen](const Sink& sink) {
    sink(render_template(
        "weights_inline.cpp.tmpl",
        TemplateValues().set("name", names.name).set("upper", names.upper).set("version", std::string(tool_version))));
    for (const Weight& weight : weights) {
      if (weight.data.elements() == 0) continue;
      const auto [before, behind] =
          render_template_around("weights_array.cpp.tmpl",
                                 TemplateValues()
                                     .set("type", c_type(weight.data.type()))
                                     .set("symbol", fmt::format("{}_weights_{}", names.name, weight.name))
                                     .set("elements", weight.data.elements())
                                     .set("upper", names.upper),
                                 "values");
      sink("\n" + before);
      const TensorData data = weight.data.get();
      if (seen) seen(weight, data);
      write_initialisers(data, sink);
      sink(behind);
    }
  };
}

/// What `first`, which writes the same bytes, knows of them: their hash and, where somebody asks for it, the CRC-32 of
/// what follows the header.
GeneratedFile hashed(const std::string& path, const Writer& write, const Writer& first, size_t header_bytes = 0,
                     uint32_t* crc = nullptr) {
  ContentHasher hasher;
  size_t at = 0;
  first([&](std::string_view piece) {
    hasher.add(piece);
    if (crc) *crc = crc32(piece.substr(std::min(piece.size(), header_bytes - std::min(at, header_bytes))), *crc);
    at += piece.size();
  });
  return {path, write, hasher.hash()};
}

}  // namespace

WeightsFiles weights_files(const Program& program, const Interface& names, const GenerateOptions& options) {
  WeightsFiles result;
  const Seen seen = listing(result.tensors);
  const std::string source = names.name + "_weights.cpp", blob = names.name + "_weights.bin";
  if (options.weights == WeightStorage::inline_arrays) {
    result.files.push_back(hashed(source, inline_writer(program, names), inline_writer(program, names, seen)));
    return result;
  }

  const WeightLayout layout = lay_out_weights(program);
  std::string header;
  if (options.weights == WeightStorage::external) {
    header = external_header(program, layout);
    header.resize(external_header_bytes, '\0');
  }
  uint32_t crc = 0;
  const bool external = options.weights == WeightStorage::external;
  GeneratedFile file = hashed(blob, blob_writer(program, layout, header), blob_writer(program, layout, header, seen),
                              header.size(), external ? &crc : nullptr);
  TemplateValues values = TemplateValues()
                              .set("name", names.name)
                              .set("upper", names.upper)
                              .set("version", std::string(tool_version))
                              .set("bytes", static_cast<int64_t>(header.size()) + layout.bytes)
                              .set("hash", file.hash);
  if (!external) {
    result.files = {{source, render_template("weights_incbin.cpp.tmpl", values)}, std::move(file)};
    return result;
  }

  std::string header_text;
  for (char c : external_header(program, layout))
    header_text +=
        fmt::format("{}{}", header_text.empty() ? "" : ", ", static_cast<int>(static_cast<unsigned char>(c)));
  values.set("model_header", names.header)
      .set("header", header_text)
      .set("header_bytes", external_header_bytes)
      .set("crc", static_cast<int64_t>(crc));
  result.files = {{source, render_template("weights_external.cpp.tmpl", values)}, std::move(file)};
  return result;
}

}  // namespace intaglio

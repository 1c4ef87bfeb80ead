// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/external_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

#include "frontend/problems.h"
#include "support/error.h"

namespace intaglio::frontend {

namespace {

struct Location {
  std::string path;
  uint64_t offset = 0;
  uint64_t length = 0;
};

uint64_t parse_count(const std::string& key, const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail({}, fmt::format("external data has {} {}, which is not a count of bytes", key, in_quotes(text)));
  }
  return value;
}

Location parse_location(const onnx::TensorProto& tensor, size_t expected) {
  Location location;
  location.length = expected;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") location.path = entry.value();
    if (entry.key() == "offset") location.offset = parse_count("offset", entry.value());
    if (entry.key() == "length") location.length = parse_count("length", entry.value());
  }
  return location;
}

bool is_inside(const std::filesystem::path& folder, const std::filesystem::path& path) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

/// The file a location names, or an Error when it may not be read.
std::filesystem::path safe_path(const std::string& location, const std::filesystem::path& model_file) {
  constexpr const char* rule = "external data must lie in the model's own folder";
  const std::filesystem::path relative(location);
  const bool climbs = std::ranges::any_of(relative, [](const auto& part) { return part == ".."; });
  if (location.empty() || location.find('\0') != std::string::npos || relative.is_absolute() || climbs) {
    fail({}, "external data location " + in_quotes(location) + " is refused", rule);
  }
  std::error_code error;
  const std::filesystem::path folder = model_file.parent_path();
  const auto root = std::filesystem::canonical(folder.empty() ? "." : folder, error);
  const auto linked_root = std::filesystem::canonical(model_file, error).parent_path();
  const auto path = std::filesystem::canonical(root / relative, error);
  if (error) fail({}, "external data file " + in_quotes(location) + " is missing", "put it beside the model");
  if (!is_inside(root, path) && !is_inside(linked_root, path)) {
    fail({}, "external data location " + in_quotes(location) + " leaves the folder", rule);
  }
  if (!std::filesystem::is_regular_file(path, error)) {
    fail({}, "external data location " + in_quotes(location) + " is not a file");
  }
  return path;
}

}  // namespace

std::vector<std::byte> read_external_data(const onnx::TensorProto& tensor, const std::filesystem::path& model_file,
                                          size_t expected) {
  const Location location = parse_location(tensor, expected);
  const std::filesystem::path path = safe_path(location.path, model_file);
  if (location.length != expected) {
    fail({}, fmt::format("external data has {} bytes where its type and shape need {}", location.length, expected));
  }
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error || location.offset > size || expected > size - location.offset) {
    fail({},
         fmt::format("external data at offset {} needs {} bytes, but {} has {}", location.offset, expected,
                     in_quotes(location.path), error ? 0 : size),
         "the file is truncated or belongs to another model");
  }
  std::vector<std::byte> bytes(expected);
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(location.offset));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(expected));
  if (!file) fail({}, "external data file " + in_quotes(location.path) + " cannot be read");
  return bytes;
}

std::vector<std::filesystem::path> external_files(const onnx::GraphProto& graph,
                                                  const std::filesystem::path& model_file) {
  std::set<std::string> locations;
  auto add = [&](const onnx::TensorProto& tensor) {
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return;
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "location") locations.insert(entry.value());
    }
  };
  for (const onnx::TensorProto& initializer : graph.initializer()) add(initializer);
  for (const onnx::NodeProto& node : graph.node()) {
    for (const onnx::AttributeProto& attribute : node.attribute()) {
      if (attribute.has_t()) add(attribute.t());
    }
  }
  std::vector<std::filesystem::path> files;
  for (const std::string& location : locations) {
    try {
      safe_path(location, model_file);
      files.push_back(model_file.parent_path() / location);
    } catch (const Error&) {
    }
  }
  return files;
}

}  // namespace intaglio::frontend

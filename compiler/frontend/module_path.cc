// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/module_path.h"

#include <algorithm>
#include <vector>

#include "frontend/unknown_fields.h"

namespace intaglio::frontend {

namespace {

bool is_plain_path(std::string_view path) {
  return !path.empty() && path.size() <= 200 && std::ranges::all_of(path, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

std::string plain_or_empty(std::string_view path) { return is_plain_path(path) ? std::string(path) : std::string(); }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Appends a scope that may repeat its parent's name: "layer1" + "layer1.0", "layer1.0.downsample" + "downsample.0".
std::string join_scope(const std::string& path, std::string_view scope) {
  if (path.empty()) return std::string(scope);
  const std::string_view parent = scope.substr(0, scope.rfind('.'));
  const bool qualified = parent.size() < scope.size();
  if (qualified && (path == parent || path.ends_with("." + std::string(parent)))) {
    return path + std::string(scope.substr(parent.size()));
  }
  return path + "." + std::string(scope);
}

std::string module_of_weight(const onnx::NodeProto& node,
                             const std::function<bool(const std::string&)>& is_initializer) {
  constexpr std::string_view suffix = ".weight";
  for (const std::string& input : node.input()) {
    if (!input.ends_with(suffix) || !is_initializer(input)) continue;
    return plain_or_empty(std::string_view(input).substr(0, input.size() - suffix.size()));
  }
  return {};
}

std::string module_of_metadata(const onnx::NodeProto& node) {
  std::string from_scopes, from_namespace;
  for (const std::string& bytes : unknown_texts(node, node_metadata_field)) {
    onnx::StringStringEntryProto entry;
    if (!entry.ParseFromString(bytes)) continue;
    if (entry.key() == "pkg.torch.onnx.name_scopes") from_scopes = module_of_name_scopes(entry.value());
    if (entry.key() == "namespace") from_namespace = module_of_namespace(entry.value());
  }
  return from_scopes.empty() ? from_namespace : from_scopes;
}

}  // namespace

std::string module_of_scoped_name(std::string_view node_name) {
  if (!node_name.starts_with('/')) return {};
  std::vector<std::string_view> scopes = split(node_name.substr(1), '/');
  scopes.pop_back();  // the operator
  std::string path;
  for (std::string_view scope : scopes) path = join_scope(path, scope);
  return plain_or_empty(path);
}

std::string module_of_name_scopes(std::string_view scopes) {
  const std::vector<std::string_view> parts = split(scopes, '\'');
  std::vector<std::string_view> names;  // the quoted ones stand at odd places
  for (size_t i = 1; i < parts.size(); i += 2) names.push_back(parts[i]);
  if (names.size() < 2) return {};
  return plain_or_empty(names[names.size() - 2]);  // the last one is the operator
}

std::string module_of_namespace(std::string_view text) {
  std::vector<std::string_view> parts = split(text, '/');
  parts.pop_back();  // the operator
  std::string_view module;
  for (std::string_view part : parts) module = part.substr(0, part.find(':'));
  return plain_or_empty(module);
}

std::string module_path(const onnx::NodeProto& node, const std::function<bool(const std::string&)>& is_initializer) {
  for (const std::string& path : {module_of_weight(node, is_initializer), module_of_metadata(node)}) {
    if (!path.empty()) return path;
  }
  return module_of_scoped_name(node.name());
}

}  // namespace intaglio::frontend

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"

namespace intaglio {

namespace {

using Json = nlohmann::ordered_json;

// ---- the keys, for writing and reading: field(key, member), optional(key, member)

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest::Tool& tool) {
  visitor.field("name", tool.name);
  visitor.field("version", tool.version);
}

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest::Model& model) {
  visitor.field("name", model.name);
  visitor.field("file", model.file);
  visitor.field("hash", model.hash);
  visitor.field("graph_hash", model.graph_hash);
  visitor.field("weights_hash", model.weights_hash);
}

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest::TargetRow& target) {
  visitor.field("name", target.name);
  visitor.field("block", target.block);
  visitor.field("compile_flags", target.compile_flags);
}

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest::Port& port) {
  visitor.field("name", port.name);
  visitor.field("identifier", port.identifier);
  visitor.field("type", port.type);
  visitor.field("shape", port.shape);
}

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest::Interface& interface) {
  visitor.field("inputs", interface.inputs);
  visitor.field("outputs", interface.outputs);
  visitor.optional("header", interface.header);
  visitor.optional("cmake_target", interface.cmake_target);
  visitor.optional("macro_prefix", interface.macro_prefix);
}

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest::Step& step) {
  visitor.field("name", step.name);
  visitor.field("kernel", step.kernel);
  visitor.field("what", step.what);
  visitor.field("macs", step.macs);
  visitor.optional("weights", step.weights);
}

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest::Buffer& buffer) {
  visitor.field("name", buffer.name);
  visitor.field("offset", buffer.offset);
  visitor.field("bytes", buffer.bytes);
}

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest::Memory& memory) {
  visitor.field("arena_bytes", memory.arena_bytes);
  visitor.field("arena_alignment", memory.arena_alignment);
  visitor.field("buffers", memory.buffers);
  visitor.optional("prepared_bytes", memory.prepared_bytes);
  visitor.optional("prepared_alignment", memory.prepared_alignment);
}

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest::Weights& weights) {
  visitor.field("storage", weights.storage);
  visitor.field("bytes", weights.bytes);
  visitor.optional("tensors", weights.tensors);
}

template <class Visitor>
void visit_fields(Visitor& visitor, BoundTensor& bound) {
  visitor.field("input", bound.input);
  visitor.field("type", bound.type);
  visitor.field("shape", bound.shape);
  visitor.field("hash", bound.hash);
  visitor.optional("data", bound.data);
  visitor.optional("file", bound.file);
}

template <class Visitor>
void visit_fields(Visitor& visitor, Manifest& manifest) {
  visitor.field("format", manifest.format);
  visitor.field("tool", manifest.tool);
  visitor.field("model", manifest.model);
  visitor.field("options", manifest.options);
  visitor.optional("tuning", manifest.tuning);
  visitor.optional("bound", manifest.bound);
  visitor.field("target", manifest.target);
  visitor.field("interface", manifest.interface);
  visitor.field("steps", manifest.steps);
  visitor.field("memory", manifest.memory);
  visitor.field("weights", manifest.weights);
  visitor.field("files", manifest.files);
}

// ---- writing

class ManifestWriter {
 public:
  template <class T>
  void field(const char* key, const T& value) {
    json[key] = encoded(value);
  }
  template <class T>
  void optional(const char* key, const T& value) {
    if (value != T()) field(key, value);
  }

  Json json = Json::object();

 private:
  static Json encoded(const std::string& text) { return text; }
  static Json encoded(int64_t number) { return number; }
  static Json encoded(ElementType type) { return element_type_name(type); }
  static Json encoded(const Shape& shape) { return shape.extents(); }
  static Json encoded(const Manifest::Texts& texts) {
    Json object = Json::object();
    for (const auto& [key, text] : texts) object[key] = text;
    return object;
  }
  template <class T>
  static Json encoded(const std::vector<T>& list) {
    Json array = Json::array();
    for (const T& item : list) array.push_back(encoded(item));
    return array;
  }
  template <class T>
  static Json encoded(T fields) {
    ManifestWriter writer;
    visit_fields(writer, fields);
    return std::move(writer.json);
  }
};

// ---- reading

class ManifestReader {
 public:
  /// `at` names the value in the file for messages: "" or "steps[3].".
  ManifestReader(const Json& json, const std::string& where, std::string at)
      : json_(json), where_(where), at_(std::move(at)) {
    if (!json.is_object()) damaged(where, at_.substr(0, at_.find_last_not_of('.') + 1), "is no object");
  }

  template <class T>
  void field(const char* key, T& value) {
    if (!json_.contains(key)) damaged(where_, at_ + key, "is missing");
    decode(json_[key], at_ + key, value);
  }
  template <class T>
  void optional(const char* key, T& value) {
    if (json_.contains(key)) field(key, value);
  }

 private:
  [[noreturn]] static void damaged(const std::string& where, const std::string& what, const char* how) {
    fail(where, fmt::format("is not a manifest of Intaglio: {} {}", what.empty() ? "the file" : what, how),
         "remove it or choose another folder");
  }
  void decode(const Json& json, const std::string& at, std::string& text) const {
    if (!json.is_string()) damaged(where_, at, "is no text");
    text = json.get<std::string>();
  }
  void decode(const Json& json, const std::string& at, int64_t& number) const {
    if (!json.is_number_integer()) damaged(where_, at, "is no integer");
    number = json.get<int64_t>();
  }
  void decode(const Json& json, const std::string& at, ElementType& type) const {
    std::string name;
    decode(json, at, name);
    const auto found = find_element_type(&ElementTypeInfo::name, name);
    if (!found) damaged(where_, at, "is no element type");
    type = *found;
  }
  void decode(const Json& json, const std::string& at, Shape& shape) const {
    std::vector<int64_t> extents;
    decode(json, at, extents);
    shape = Shape(std::move(extents));
  }
  void decode(const Json& json, const std::string& at, Manifest::Texts& texts) const {
    if (!json.is_object()) damaged(where_, at, "is no object");
    for (const auto& [key, value] : json.items()) {
      decode(value, fmt::format("{}.{}", at, key), texts.emplace_back(key, "").second);
    }
  }
  template <class T>
  void decode(const Json& json, const std::string& at, std::vector<T>& list) const {
    if (!json.is_array()) damaged(where_, at, "is no list");
    for (const Json& item : json) {
      const std::string place = fmt::format("{}[{}]", at, list.size());
      decode(item, place, list.emplace_back());
    }
  }
  template <class T>
  void decode(const Json& json, const std::string& at, T& fields) const {
    ManifestReader reader(json, where_, at + ".");
    visit_fields(reader, fields);
  }

  const Json& json_;
  const std::string& where_;
  const std::string at_;
};

}  // namespace

Json to_json(Manifest manifest) {
  ManifestWriter writer;
  visit_fields(writer, manifest);
  return std::move(writer.json);
}

Manifest parse_manifest(const std::string& text, const std::string& where) {
  const Json json = Json::parse(text, nullptr, false);
  ManifestReader reader(json, where, "");
  int64_t format = 0;
  reader.field("format", format);  // first: what other formats hold is not known
  if (format != Manifest::newest_format) {
    fail(where,
         fmt::format("is a manifest of format {}; this version of Intaglio reads {}", format, Manifest::newest_format),
         "use the version that wrote it, or remove the folder and compile again");
  }
  Manifest manifest;
  visit_fields(reader, manifest);
  if (manifest.tool.name != "intaglio") {
    fail(where, fmt::format("is a manifest of '{}', not of Intaglio", manifest.tool.name),
         "remove it or choose another folder");
  }
  return manifest;
}

std::string Manifest::option(const std::string& key) const {
  const auto found = std::ranges::find(options, key, &Texts::value_type::first);
  return found == options.end() ? "" : found->second;
}

}  // namespace intaglio

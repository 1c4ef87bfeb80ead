// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/model_file.h"

#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "frontend/unknown_fields.h"
#include "support/error.h"

namespace intaglio::frontend {

namespace {

constexpr int64_t oldest_ir = 3;

std::string first_bytes(const std::filesystem::path& path) {
  std::string bytes(512, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

bool is_text(const std::string& bytes) {
  return std::ranges::all_of(bytes, [](unsigned char c) { return c >= 0x20 || c == '\n' || c == '\r' || c == '\t'; });
}

/// The file did not parse, or parsed into nothing that looks like a model.
[[noreturn]] void refuse(const std::filesystem::path& path) {
  const std::string where = path.string(), head = first_bytes(path);
  if (head.starts_with("version https://git-lfs")) {
    fail(where, "is a Git LFS pointer, not the model itself", "fetch it with 'git lfs pull'");
  }
  if (is_text(head)) {
    fail(where, "is a text file, not a binary ONNX model", "Intaglio reads the binary protobuf that exporters write");
  }
  fail(where, "is not an ONNX model, or is truncated or damaged", "export or download it again");
}

/// A field newer than ONNX 1.23, wherever it stands: it may change what the model means. "" when there is none.
std::string newer_field(const google::protobuf::Message& message) {
  const std::string& name = message.GetDescriptor()->name();
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const auto& unknown = reflection.GetUnknownFields(message);
  for (int i = 0; i < unknown.field_count(); ++i) {
    const int number = unknown.field(i).number();
    if (!is_known_field(name, number)) return fmt::format("field {} of {}", number, name);
  }
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string found = newer_field(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                                 : reflection.GetMessage(message, field));
      if (!found.empty()) return found;
    }
  }
  return {};
}

}  // namespace

onnx::ModelProto load_model(const std::filesystem::path& path) {
  const std::string where = path.string();
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) fail(where, "no such file");
  if (!std::filesystem::is_regular_file(status)) fail(where, "is not a file");
  const auto size = std::filesystem::file_size(path, error);
  if (error) fail(where, "cannot be read: " + error.message());
  if (size == 0) fail(where, "is empty", "export or download it again");
  if (size > static_cast<uintmax_t>(std::numeric_limits<int32_t>::max())) {
    fail(where, "is larger than 2 GiB, the most that a protobuf file can hold",
         "save the weights as external data: onnx.save_model(model, path, save_as_external_data=True)");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(where, "cannot be opened");

  const google::protobuf::LogSilencer silencer;  // parse errors are reported by us
  google::protobuf::io::IstreamInputStream stream(&file);
  onnx::ModelProto model;
  if (!model.ParseFromZeroCopyStream(&stream) || !model.has_graph() || !model.has_ir_version()) refuse(path);

  if (model.ir_version() < oldest_ir) {
    fail(where, fmt::format("ONNX IR version {} is not supported", model.ir_version()),
         fmt::format("Intaglio reads IR versions from {} on", oldest_ir));
  }
  if (const std::string field = newer_field(model); !field.empty()) {
    fail(where, fmt::format("{} is not understood (IR version {})", field, model.ir_version()),
         "export with ONNX 1.23 (IR version 14) or older, or without what this field says");
  }
  return model;
}

}  // namespace intaglio::frontend

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/model_file.h"

#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "support/error.h"

namespace intaglio::frontend {

namespace {

constexpr int64_t oldest_ir = 3, newest_ir = 13;

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

  if (model.ir_version() < oldest_ir || model.ir_version() > newest_ir) {
    fail(where, fmt::format("ONNX IR version {} is not supported", model.ir_version()),
         fmt::format("Intaglio reads IR versions {} to {}", oldest_ir, newest_ir));
  }
  return model;
}

}  // namespace intaglio::frontend

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/test_data.h"

#include <fstream>

#include "frontend/tensor_proto.h"
#include "support/error.h"

namespace intaglio {

TensorData read_tensor_file(const std::filesystem::path& path, uint64_t most_bytes) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) fail(path.string(), "is not a file");
  if (const auto size = std::filesystem::file_size(path, error); error || size > most_bytes) {
    fail(path.string(), "is larger than any file of a tensor of that type and shape");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path.string(), "cannot be opened");
  onnx::TensorProto proto;
  if (!proto.ParseFromIstream(&file)) fail(path.string(), "is not a serialised ONNX tensor");
  try {
    return frontend::take_tensor(proto, path);
  } catch (const Error& error) {
    fail(path.string(), error.problems().front().message, error.problems().front().help);
  }
}

}  // namespace intaglio

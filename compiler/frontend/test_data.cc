// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/test_data.h"

#include <fstream>

#include "frontend/tensor_proto.h"
#include "support/error.h"

namespace intaglio {

TensorData read_tensor_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path.string(), "cannot be opened");
  onnx::TensorProto proto;
  if (!proto.ParseFromIstream(&file)) fail(path.string(), "is not a serialised ONNX tensor");
  try {
    return frontend::take_tensor(proto, path.parent_path());
  } catch (const Error& error) {
    fail(path.string(), error.problems().front().message, error.problems().front().help);
  }
}

}  // namespace intaglio

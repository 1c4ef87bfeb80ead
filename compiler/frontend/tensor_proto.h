// TensorProto -> TensorData: raw, typed and external element data,
// checked against type and shape before anything is allocated.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <optional>
#include <string>

#include "ir/tensor.h"

namespace intaglio::frontend {

/// The most elements a tensor may have.
inline constexpr int64_t most_elements = int64_t{1} << 31;

/// The element type for an ONNX data_type, if Intaglio has it.
std::optional<ElementType> element_type(int32_t data_type);
/// Name of an ONNX data_type for messages, newer ones than the linked ONNX included.
std::string data_type_name(int32_t data_type);
/// element_type, or an Error that names the type ("float16 data is not supported").
ElementType supported_type(int32_t data_type);

/// Product of `extents`; nullopt when one is negative or the product exceeds most_elements.
std::optional<int64_t> checked_elements(const std::vector<int64_t>& extents);
/// Error when checked_elements has no value.
void check_extents(const std::vector<int64_t>& extents);

/// Converts and empties `proto`: its data is released, so that weights are not held twice. External data lies
/// beside `model_file`. Throws Error without a place.
TensorData take_tensor(onnx::TensorProto& proto, const std::filesystem::path& model_file);

}  // namespace intaglio::frontend

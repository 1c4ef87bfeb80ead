// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/weights_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <sstream>

#include "backend/interface.h"
#include "commands/folder_contents.h"
#include "support/error.h"
#include "support/files.h"
#include "support/hash.h"

namespace intaglio {

namespace {

int64_t header_bytes(const Manifest& manifest) {
  return manifest.weights.storage == weight_storage_name(WeightStorage::external) ? external_header_bytes : 0;
}

}  // namespace

std::vector<PlacedWeight> placed_weights(const Manifest& manifest) {
  std::vector<PlacedWeight> tensors;
  int64_t offset = header_bytes(manifest);
  for (const auto& [name, text] : manifest.weights.tensors) {
    std::istringstream words(text);
    std::string type;
    PlacedWeight tensor;
    tensor.name = name;
    words >> type >> tensor.elements >> tensor.hash;
    const auto found = find_element_type(&ElementTypeInfo::name, type);
    if (!words || !found || tensor.elements < 0 || tensor.elements > manifest.weights.bytes) {
      throw Error(Problem{"", fmt::format("the manifest is damaged: weights.tensors.{} is '{}'", name, text),
                          "generate the folder again"},
                  Exit::usage);
    }
    tensor.type = *found;
    tensor.bytes = tensor.elements * static_cast<int64_t>(element_size(tensor.type));
    tensor.offset = offset;
    offset += (tensor.bytes + weights_alignment - 1) / weights_alignment * weights_alignment;
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

WeightsReader::WeightsReader(const std::filesystem::path& folder, const Manifest& manifest)
    : name_(manifest.model.name),
      inline_(manifest.weights.storage == weight_storage_name(WeightStorage::inline_arrays)) {
  path_ = folder / fmt::format("{}_weights.{}", name_, inline_ ? "cpp" : "bin");
  bytes_ = read_file(path_);
  if (bytes_.empty())
    throw Error(Problem{path_.string(), "cannot be read", "restore it, or compare without values: --no-values"},
                Exit::usage);
  if (is_lfs_pointer(bytes_)) {
    throw Error(Problem{path_.string(), "is the pointer that Git LFS leaves in place of a file it has not fetched",
                        "`git lfs pull` fetches it; or compare without values: --no-values"},
                Exit::usage);
  }
}

std::vector<double> WeightsReader::values(const PlacedWeight& tensor) const {
  const auto refuse = [&] {
    throw Error(
        Problem{path_.string(), fmt::format("does not hold the tensor '{}' that the manifest lists", tensor.name),
                "`intaglio check` says what is wrong with the folder; or compare without values: --no-values"},
        Exit::usage);
  };
  return visit_type(tensor.type, [&]<class T>() {
    std::vector<double> values;
    values.reserve(static_cast<size_t>(tensor.elements));
    if (!inline_) {
      if (tensor.offset + tensor.bytes > static_cast<int64_t>(bytes_.size())) refuse();
      const std::string_view text = std::string_view(bytes_).substr(tensor.offset, tensor.bytes);
      if (content_hash(text) != tensor.hash) refuse();
      for (int64_t i = 0; i < tensor.elements; ++i) {
        T value;
        std::memcpy(&value, text.data() + i * sizeof(T), sizeof(T));
        values.push_back(static_cast<double>(value));
      }
      return values;
    }
    // const float NAME_weights_TENSOR[3] = {1.5f,-0x1p-3f, ...};
    const size_t array = bytes_.find(fmt::format("{}_weights_{}[", name_, tensor.name));
    size_t at = array == std::string::npos ? array : bytes_.find('{', array);
    const size_t end = at == std::string::npos ? at : bytes_.find('}', at);
    if (end == std::string::npos) refuse();
    while (++at < end) {
      const size_t next = std::min(bytes_.find(',', at), end);
      std::string item = bytes_.substr(at, next - at);
      item.erase(0, item.find_first_not_of(" \r\n"));
      double value = 0;
      if (std::from_chars(item.data(), item.data() + item.size(), value).ec != std::errc())  // __builtin_..., INT64_MIN
        value = item.find("nan") != std::string::npos ? NAN : item.starts_with("-") ? -INFINITY : INFINITY;
      values.push_back(value);
      at = next;
    }
    if (static_cast<int64_t>(values.size()) != tensor.elements) refuse();
    return values;
  });
}

int64_t weights_file_bytes(const Manifest& manifest) { return header_bytes(manifest) + manifest.weights.bytes; }

}  // namespace intaglio

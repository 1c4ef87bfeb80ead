// What a weights file is instead of the one that was generated: known by the hashes of the tensors that lie in it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "backend/interface.h"
#include "commands/check.h"
#include "commands/weights_reader.h"
#include "support/files.h"
#include "support/hash.h"

namespace intaglio {

Finding check_weights_file(const std::filesystem::path& path, const std::string& file, const Manifest& manifest) {
  const std::string bytes = read_file(path);
  const std::vector<PlacedWeight> tensors = placed_weights(manifest);
  const int64_t wanted = weights_file_bytes(manifest), size = static_cast<int64_t>(bytes.size());
  int64_t right = 0, wrong = 0;  // bytes of tensors that lie in the file
  std::vector<std::string> wrong_tensors;
  for (const PlacedWeight& tensor : tensors) {
    if (tensor.offset + tensor.bytes > size) continue;
    const bool same = content_hash(std::string_view(bytes).substr(tensor.offset, tensor.bytes)) == tensor.hash;
    (same ? right : wrong) += tensor.bytes;
    if (!same) wrong_tensors.push_back(tensor.name);
  }
  const std::string again =
      "fetch the right one (git checkout, or from where it came), or generate it again: `intaglio "
      "check --fix` with the model";
  if (size < wanted && wrong == 0) {
    return {Finding::Kind::truncated, file, fmt::format("is truncated: {} of {} bytes", size, wanted), again};
  }
  if (size != wanted || right <= wrong) {
    return {Finding::Kind::other_weights, file,
            tensors.empty()  ? "is not the one that was generated"
            : size == wanted ? fmt::format("belongs to another model or training: {} of {} tensors differ",
                                           wrong_tensors.size(), tensors.size())
                             : fmt::format("belongs to another model: it has {} bytes, not {}", size, wanted),
            again};
  }
  const size_t named = std::min<size_t>(wrong_tensors.size(), 3);
  const std::string list = fmt::format("{}", fmt::join(wrong_tensors.begin(), wrong_tensors.begin() + named, ", "));
  return {Finding::Kind::damaged, file,
          wrong_tensors.empty()
              ? "differs beside its tensors"
              : fmt::format("was edited or damaged: {} of {} tensors differ ({}{})", wrong_tensors.size(),
                            tensors.size(), list, wrong_tensors.size() > named ? ", ..." : ""),
          again};
}

}  // namespace intaglio

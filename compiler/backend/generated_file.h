// A file of a generated folder. Its bytes are made while it is written, piece by piece: those of weights are as many as
// the model's, and as text three times as many.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace intaglio {

/// Takes the bytes of a file, piece by piece.
using Sink = std::function<void(std::string_view piece)>;
/// Gives all bytes of a file to a sink; the same ones each time.
using Writer = std::function<void(const Sink& sink)>;

struct GeneratedFile {
  GeneratedFile(std::string path, std::string contents);
  /// Writes once to know the hash.
  GeneratedFile(std::string path, Writer write);
  GeneratedFile(std::string path, Writer write, std::string hash);

  std::string path;  ///< relative to the folder, with '/'
  Writer write;
  std::string hash;  ///< content_hash of the bytes
};

/// All bytes in memory.
std::string contents_of(const GeneratedFile& file);

}  // namespace intaglio

// Content hashes and checksums as they stand in manifests and weights files.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace intaglio {

/// content_hash of bytes that come piece by piece.
class ContentHasher {
 public:
  ContentHasher();
  ~ContentHasher();
  void add(std::string_view piece);
  std::string hash() const;

 private:
  std::unique_ptr<void, void (*)(void*)> state_;  ///< xxhash's
};

/// XXH3 (128 bit) as 32 hexadecimal digits.
std::string content_hash(std::string_view bytes);
/// The same of a file's contents, read piece by piece; throws Error when it cannot be read.
std::string file_content_hash(const std::filesystem::path& path);
/// XXH3 (64 bit).
uint64_t hash64(std::string_view bytes);
/// CRC-32 (IEEE 802.3), as generated code computes it; continues from that of the bytes in front.
uint32_t crc32(std::string_view bytes, uint32_t before = 0);

}  // namespace intaglio

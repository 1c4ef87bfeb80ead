// Content hashes and checksums as they stand in manifests and weights files.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace intaglio {

/// XXH3 (128 bit) as 32 hexadecimal digits.
std::string content_hash(std::string_view bytes);
/// The same of a file's contents, read piece by piece; throws Error when it cannot be read.
std::string file_content_hash(const std::filesystem::path& path);
/// XXH3 (64 bit).
uint64_t hash64(std::string_view bytes);
/// CRC-32 (IEEE 802.3), as generated code computes it.
uint32_t crc32(std::string_view bytes);

}  // namespace intaglio

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/hash.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "support/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace intaglio {

namespace {
std::string hexadecimal(XXH128_hash_t hash) { return fmt::format("{:016x}{:016x}", hash.high64, hash.low64); }
}  // namespace

ContentHasher::ContentHasher()
    : state_(XXH3_createState(), [](void* state) { XXH3_freeState(static_cast<XXH3_state_t*>(state)); }) {
  XXH3_128bits_reset(static_cast<XXH3_state_t*>(state_.get()));
}
ContentHasher::~ContentHasher() = default;

void ContentHasher::add(std::string_view piece) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state_.get()), piece.data(), piece.size());
}

std::string ContentHasher::hash() const {
  return hexadecimal(XXH3_128bits_digest(static_cast<const XXH3_state_t*>(state_.get())));
}

std::string content_hash(std::string_view bytes) { return hexadecimal(XXH3_128bits(bytes.data(), bytes.size())); }

std::string file_content_hash(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path.string(), "cannot be opened");
  ContentHasher hasher;
  std::vector<char> piece(1 << 20);
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hasher.add({piece.data(), static_cast<size_t>(file.gcount())});
  }
  if (file.bad()) fail(path.string(), "cannot be read");
  return hasher.hash();
}

uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

uint32_t crc32(std::string_view bytes, uint32_t before) {
  static const auto table = [] {
    std::array<uint32_t, 256> entries{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0u);
      entries[i] = value;
    }
    return entries;
  }();
  uint32_t crc = ~before;
  for (char byte : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  return ~crc;
}

}  // namespace intaglio

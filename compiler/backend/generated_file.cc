// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/generated_file.h"

#include <utility>

#include "support/hash.h"

namespace intaglio {

namespace {

std::string hash_of(const Writer& write) {
  ContentHasher hasher;
  write([&](std::string_view piece) { hasher.add(piece); });
  return hasher.hash();
}

}  // namespace

GeneratedFile::GeneratedFile(std::string path, std::string contents)
    : GeneratedFile(std::move(path), [contents = std::move(contents)](const Sink& sink) { sink(contents); }) {}

GeneratedFile::GeneratedFile(std::string path, Writer write)
    : path(std::move(path)), write(std::move(write)), hash(hash_of(this->write)) {}

GeneratedFile::GeneratedFile(std::string path, Writer write, std::string hash)
    : path(std::move(path)), write(std::move(write)), hash(std::move(hash)) {}

std::string contents_of(const GeneratedFile& file) {
  std::string contents;
  file.write([&](std::string_view piece) { contents += piece; });
  return contents;
}

}  // namespace intaglio

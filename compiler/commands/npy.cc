// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/npy.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>

#include "support/error.h"

namespace intaglio {

namespace {

struct Dtype {
  const char* text;
  ElementType type;
};
constexpr Dtype dtypes[] = {{"<f4", ElementType::float32},
                            {"<f8", ElementType::float64},
                            {"<i8", ElementType::int64},
                            {"<i4", ElementType::int32},
                            {"|b1", ElementType::boolean}};

/// What stands behind 'key': in a header, which is a Python dictionary as numpy.save writes it; nothing when it is
/// absent.
std::string_view value_of(std::string_view header, std::string_view key) {
  const std::string wanted = fmt::format("'{}':", key);
  const size_t at = header.find(wanted);
  if (at == std::string_view::npos) return {};
  header.remove_prefix(at + wanted.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

/// The text between two delimiters, the first of which `text` must start with.
std::optional<std::string_view> between(std::string_view text, char open, char close) {
  if (text.empty() || text[0] != open) return std::nullopt;
  const size_t end = text.find(close, 1);
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(1, end - 1);
}

/// "3, 224, 224" or "5,"; nothing when an extent is no number or the product overflows.
std::optional<Shape> parse_extents(std::string_view text) {
  std::vector<int64_t> extents;
  int64_t elements = 1;
  while (!text.empty()) {
    std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    item = item.substr(0, item.find_last_not_of(' ') + 1);
    if (item.empty()) continue;
    int64_t extent = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), extent);
    if (error != std::errc() || end != item.data() + item.size() || extent < 0) return std::nullopt;
    if (__builtin_mul_overflow(elements, extent, &elements)) return std::nullopt;
    extents.push_back(extent);
  }
  return Shape(std::move(extents));
}

TensorData parse_npy(const std::string& bytes, const std::string& where) {
  auto damaged = [&](const std::string& what) {
    fail(where, what, "write it with numpy.save as float32, float64, int64, int32 or bool");
  };
  if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) damaged("not a .npy file");
  const int major = bytes[6];
  const size_t length_bytes = major == 1 ? 2 : 4;
  size_t header_length = 0;
  for (size_t i = 0; i < length_bytes; ++i)
    header_length |= static_cast<size_t>(static_cast<unsigned char>(bytes[8 + i])) << (8 * i);
  const size_t start = 8 + length_bytes + header_length;
  if (start > bytes.size()) damaged("the header is cut off");
  const std::string_view header = std::string_view(bytes).substr(8 + length_bytes, header_length);
  const auto descr = between(value_of(header, "descr"), '\'', '\'');
  if (!descr) damaged("the header has no element type");
  const Dtype* dtype = nullptr;
  for (const Dtype& candidate : dtypes) {
    if (*descr == candidate.text) dtype = &candidate;
  }
  if (dtype == nullptr) damaged(fmt::format("element type '{:.40}' is not supported", *descr));
  if (value_of(header, "fortran_order").starts_with("True")) damaged("Fortran order is not supported");
  const auto listed = between(value_of(header, "shape"), '(', ')');
  if (!listed) damaged("the header has no shape");
  const std::optional<Shape> shape = parse_extents(*listed);
  if (!shape) damaged("the shape is absurd");
  const size_t size = bytes.size() - start, elements = static_cast<size_t>(shape->elements());
  if (elements > size || elements * element_size(dtype->type) != size) {
    damaged("the number of elements does not match the shape");
  }
  std::vector<std::byte> data(size);
  if (size > 0) std::memcpy(data.data(), bytes.data() + start, size);
  if (dtype->type == ElementType::boolean) {
    for (std::byte& value : data) value = value == std::byte{0} ? std::byte{0} : std::byte{1};
  }
  return TensorData(dtype->type, *shape, std::move(data));
}

}  // namespace

TensorData read_npy(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path.string(), "cannot be opened");
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return parse_npy(bytes.str(), path.string());
}

std::map<std::string, TensorData> read_npz(const std::filesystem::path& path) {
  int code = 0;
  std::unique_ptr<zip_t, decltype(&zip_discard)> archive(zip_open(path.c_str(), ZIP_RDONLY, &code), &zip_discard);
  if (!archive) fail(path.string(), "not a .npz archive");
  std::map<std::string, TensorData> arrays;
  const zip_int64_t entries = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(archive.get(), i, 0, &stat) != 0) fail(path.string(), "an entry cannot be read");
    if (stat.size > (uint64_t{1} << 32)) fail(path.string(), "an entry is larger than 4 GiB");
    std::string bytes(stat.size, '\0');
    std::unique_ptr<zip_file_t, decltype(&zip_fclose)> entry(zip_fopen_index(archive.get(), i, 0), &zip_fclose);
    if (!entry || zip_fread(entry.get(), bytes.data(), bytes.size()) != static_cast<zip_int64_t>(bytes.size())) {
      fail(path.string(), fmt::format("entry '{}' is damaged", stat.name));
    }
    std::string name = stat.name;
    if (name.size() > 4 && name.compare(name.size() - 4, 4, ".npy") == 0) name.resize(name.size() - 4);
    arrays[name] = parse_npy(bytes, fmt::format("{}: {}", path.string(), stat.name));
  }
  return arrays;
}

void write_npy(const std::filesystem::path& path, const TensorData& data) {
  std::string shape;
  for (int64_t extent : data.shape()) shape += fmt::format("{},", extent);
  const char* descr = "";
  for (const Dtype& dtype : dtypes) {
    if (dtype.type == data.type()) descr = dtype.text;
  }
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(header.size() & 0xff)
       << static_cast<char>(header.size() >> 8) << header;
  file.write(reinterpret_cast<const char*>(data.bytes().data()), static_cast<std::streamsize>(data.bytes().size()));
  if (!file) fail(path.string(), "cannot be written");
}

}  // namespace intaglio

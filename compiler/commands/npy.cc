// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/npy.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "support/error.h"

namespace intaglio {

namespace {

/// What stands behind 'key': in a header, which is a Python dictionary as numpy.save writes it;
/// nothing when it is absent.
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

/// Reads up to `count` bytes; fewer only at the end.
using Reader = std::function<size_t(char* to, size_t count)>;

/// Column-major elements in row-major order.
std::vector<std::byte> row_major(const std::vector<std::byte>& data, const Shape& shape, size_t size) {
  std::vector<std::byte> result(data.size());
  std::vector<size_t> index(shape.rank(), 0), strides(shape.rank(), size);
  for (size_t axis = 1; axis < shape.rank(); ++axis) strides[axis] = strides[axis - 1] * shape[axis - 1];
  size_t from = 0;
  for (size_t to = 0; to < result.size(); to += size) {
    std::memcpy(result.data() + to, data.data() + from, size);
    for (size_t axis = shape.rank(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < static_cast<size_t>(shape[axis])) break;
      from -= strides[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/// One array in NumPy's format (numpy.lib.format, versions 1 to 3). Memory grows with the bytes that come, never with
/// what the header only claims.
TensorData read_array(const Reader& read, const std::string& where, const std::string& name, const ArrayCheck& check) {
  auto damaged = [&](const std::string& what) {
    fail(where, what, fmt::format("write it with numpy.save as {}", element_type_names()));
  };
  std::string start(8, '\0');
  if (read(start.data(), start.size()) < start.size() || !start.starts_with("\x93NUMPY")) damaged("not a .npy file");
  std::string length(start[6] == 1 ? 2 : 4, '\0');
  if (read(length.data(), length.size()) < length.size()) damaged("the header is cut off");
  size_t header_length = 0;
  for (size_t i = 0; i < length.size(); ++i)
    header_length |= static_cast<size_t>(static_cast<unsigned char>(length[i])) << (8 * i);
  constexpr size_t longest_header = 4 << 20;
  if (header_length > longest_header) damaged(fmt::format("the header of {} bytes is absurd", header_length));
  std::string header(header_length, '\0');
  if (read(header.data(), header.size()) < header.size()) damaged("the header is cut off");

  const auto descr = between(value_of(header, "descr"), '\'', '\'');
  if (!descr) damaged("the header has no element type");
  const std::optional<ElementType> type = find_element_type(&ElementTypeInfo::npy, *descr);
  if (!type) damaged(fmt::format("element type '{:.40}' is not supported", *descr));
  const auto listed = between(value_of(header, "shape"), '(', ')');
  if (!listed) damaged("the header has no shape");
  const std::optional<Shape> shape = parse_extents(*listed);
  if (!shape) damaged("the shape is absurd");
  if (check) check(name, *type, *shape);

  constexpr const char* mismatch = "the number of elements does not match the shape";
  size_t size = 0;
  if (__builtin_mul_overflow(static_cast<size_t>(shape->elements()), element_size(*type), &size)) {
    damaged(mismatch);
  }
  constexpr size_t portion = 16 << 20;
  std::vector<std::byte> data;
  while (data.size() < size) {
    const size_t have = data.size(), wanted = std::min(portion, size - have);
    data.resize(have + wanted);
    if (read(reinterpret_cast<char*>(data.data() + have), wanted) < wanted) damaged(mismatch);
  }
  char more = 0;
  if (read(&more, 1) != 0) damaged(mismatch);
  if (*type == ElementType::boolean) {
    for (std::byte& value : data) value = value == std::byte{0} ? std::byte{0} : std::byte{1};
  }
  if (value_of(header, "fortran_order").starts_with("True")) {
    data = row_major(data, *shape, element_size(*type));
  }
  return TensorData(*type, *shape, std::move(data));
}

std::string without_suffix(std::string name) {
  if (name.ends_with(".npy")) name.resize(name.size() - 4);
  return name;
}

}  // namespace

TensorData read_npy(const std::filesystem::path& path, const ArrayCheck& check) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) fail(path.string(), "cannot be opened");
  const Reader read = [&](char* to, size_t count) {
    file.read(to, static_cast<std::streamsize>(count));
    return static_cast<size_t>(file.gcount());
  };
  return read_array(read, path.string(), path.stem().string(), check);
}

std::map<std::string, TensorData> read_npz(const std::filesystem::path& path, const ArrayCheck& check) {
  int code = 0;
  std::unique_ptr<zip_t, decltype(&zip_discard)> archive(zip_open(path.c_str(), ZIP_RDONLY, &code), &zip_discard);
  if (!archive) fail(path.string(), "not a .npz archive");
  std::map<std::string, TensorData> arrays;
  const zip_int64_t entries = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* entry_name = zip_get_name(archive.get(), i, 0);
    if (entry_name == nullptr) fail(path.string(), "an entry cannot be read");
    auto damaged = [&](const std::string& why) {
      fail(path.string(), fmt::format("entry '{}' is damaged: {}", entry_name, why), "copy or write the archive again");
    };
    const std::string name = without_suffix(entry_name);
    if (arrays.contains(name)) fail(path.string(), fmt::format("holds two arrays '{}'", name));
    std::unique_ptr<zip_file_t, decltype(&zip_fclose)> entry(zip_fopen_index(archive.get(), i, 0), &zip_fclose);
    if (!entry) damaged(zip_strerror(archive.get()));
    // The checksum is compared when the end is reached: what reads behind the last element sees that it is wrong.
    const Reader read = [&](char* to, size_t count) {
      size_t done = 0;
      while (done < count) {
        const zip_int64_t got = zip_fread(entry.get(), to + done, count - done);
        if (got < 0) damaged(zip_file_strerror(entry.get()));
        if (got == 0) break;
        done += static_cast<size_t>(got);
      }
      return done;
    };
    arrays.emplace(name, read_array(read, fmt::format("{}: {}", path.string(), entry_name), name, check));
  }
  return arrays;
}

void write_npy(const std::filesystem::path& path, const TensorData& data) {
  std::string shape;
  for (int64_t extent : data.shape()) shape += fmt::format("{},", extent);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   element_type_info(data.type()).npy, shape);
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(header.size() & 0xff)
       << static_cast<char>(header.size() >> 8) << header;
  file.write(reinterpret_cast<const char*>(data.bytes().data()), static_cast<std::streamsize>(data.bytes().size()));
  file.close();  // the last bytes are written here
  if (!file) fail(path.string(), "cannot be written");
}

}  // namespace intaglio

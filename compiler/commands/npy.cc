// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/npy.h"

#include <fmt/format.h>
#include <zip.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>

#include "support/error.h"

namespace intaglio {

namespace {

struct Dtype {
  const char* text;
  ElementType type;
};
constexpr Dtype dtypes[] = {{"<f4", ElementType::float32}, {"<f8", ElementType::float64}, {"<i8", ElementType::int64},
                            {"<i4", ElementType::int32},   {"|b1", ElementType::boolean}};

TensorData parse_npy(const std::string& bytes, const std::string& where) {
  auto damaged = [&](const std::string& what) { fail(where, what, "write it with numpy.save as float32, float64, int64, int32 or bool"); };
  if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) damaged("not a .npy file");
  const int major = bytes[6];
  const size_t length_bytes = major == 1 ? 2 : 4;
  size_t header_length = 0;
  for (size_t i = 0; i < length_bytes; ++i) header_length |= static_cast<size_t>(static_cast<unsigned char>(bytes[8 + i])) << (8 * i);
  const size_t start = 8 + length_bytes + header_length;
  if (start > bytes.size()) damaged("the header is cut off");
  const std::string header = bytes.substr(8 + length_bytes, header_length);
  std::smatch match;
  if (!std::regex_search(header, match, std::regex("'descr': *'([^']*)'"))) damaged("the header has no element type");
  const std::string descr = match[1];
  const Dtype* dtype = nullptr;
  for (const Dtype& candidate : dtypes) {
    if (descr == candidate.text) dtype = &candidate;
  }
  if (dtype == nullptr) damaged(fmt::format("element type '{}' is not supported", descr));
  if (std::regex_search(header, std::regex("'fortran_order': *True"))) damaged("Fortran order is not supported");
  if (!std::regex_search(header, match, std::regex("'shape': *\\(([^)]*)\\)"))) damaged("the header has no shape");
  std::vector<int64_t> extents;
  int64_t elements = 1;
  std::istringstream shape(match[1]);
  for (std::string item; std::getline(shape, item, ',');) {
    if (item.find_first_of("0123456789") == std::string::npos) continue;
    extents.push_back(std::stoll(item));
    if (extents.back() < 0 || __builtin_mul_overflow(elements, extents.back(), &elements)) damaged("the shape is absurd");
  }
  const size_t size = bytes.size() - start;
  if (elements < 0 || static_cast<uint64_t>(elements) > size / element_size(dtype->type) + 1 ||
      static_cast<size_t>(elements) * element_size(dtype->type) != size) {
    damaged("the number of elements does not match the shape");
  }
  std::vector<std::byte> data(size);
  std::memcpy(data.data(), bytes.data() + start, size);
  return TensorData(dtype->type, Shape(std::move(extents)), std::move(data));
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
  file << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(header.size() & 0xff) << static_cast<char>(header.size() >> 8) << header;
  file.write(reinterpret_cast<const char*>(data.bytes().data()), static_cast<std::streamsize>(data.bytes().size()));
  if (!file) fail(path.string(), "cannot be written");
}

}  // namespace intaglio

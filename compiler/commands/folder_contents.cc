// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/folder_contents.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/error.h"
#include "support/files.h"

namespace intaglio {

namespace fs = std::filesystem;

bool is_our_manifest(const fs::path& path) {
  const std::string text = read_file(path);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return text.find("\"name\": \"intaglio\"") != std::string::npos;
  return json.is_object() && json.contains("tool") && json["tool"].is_object() && json["tool"].contains("name") &&
         json["tool"]["name"] == "intaglio";
}

fs::path find_manifest(const fs::path& folder) {
  const auto refuse = [&](const std::string& message, const std::string& help) {
    throw Error(Problem{folder.string(), message, help}, Exit::usage);
  };
  std::error_code error;
  if (!fs::is_directory(folder, error)) refuse("is no folder", "name a folder that `intaglio compile -o` wrote");
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() > manifest_ending.size() && name.ends_with(manifest_ending) && is_our_manifest(entry.path()))
      found.push_back(entry.path());
  }
  if (error) refuse("cannot be read: " + error.message(), "");
  if (found.empty()) refuse("holds no generated model", "name a folder that `intaglio compile -o` wrote");
  std::ranges::sort(found);
  if (found.size() > 1) {
    refuse(fmt::format("holds two manifests: {} and {}", found[0].filename().string(), found[1].filename().string()),
           "one model per folder: remove the other's files");
  }
  return found.front();
}

bool inside(const std::string& path) {
  const fs::path normal = fs::path(path).lexically_normal();
  return !normal.empty() && !normal.is_absolute() && *normal.begin() != "..";
}

bool has_conflicts(const std::string& text) {
  return (text.starts_with("<<<<<<< ") || text.find("\n<<<<<<< ") != std::string::npos) &&
         text.find("\n>>>>>>> ") != std::string::npos;
}

std::vector<std::string> sides_of_conflicts(const std::string& text) {
  std::vector<std::string> sides(2);
  bool on[2] = {true, true};
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool begins = line.starts_with("<<<<<<<"), base = line.starts_with("|||||||"),
               middle = line.starts_with("======="), ends = line.starts_with(">>>>>>>");
    for (size_t side = 0; side < 2; ++side) {
      if (begins) on[side] = side == 0;
      if (base) on[side] = false;
      if (middle) on[side] = side == 1;
      if (ends) on[side] = true;
      if (on[side] && !(begins || base || middle || ends)) sides[side] += line + "\n";
    }
  }
  return sides;
}

std::string with_own_line_ends(const std::string& text) {
  std::string own;
  own.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') own += text[i];
  }
  return own;
}

bool is_lfs_pointer(std::string_view text) { return text.starts_with("version https://git-lfs.github.com/spec/"); }

}  // namespace intaglio

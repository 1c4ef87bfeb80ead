// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/error.h"
#include "support/hash.h"

namespace intaglio {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

namespace {

/// Hashes by path of the manifest of an earlier run; empty when there is none.
std::map<std::string, std::string> recorded_hashes(const fs::path& manifest) {
  std::map<std::string, std::string> hashes;
  const nlohmann::json json = nlohmann::json::parse(read_file(manifest), nullptr, false);
  if (json.is_discarded() || !json.contains("files") || !json["files"].is_object()) {
    fail(manifest.string(), "is not a manifest of Intaglio", "remove it or choose another folder");
  }
  for (const auto& [path, hash] : json["files"].items()) {
    if (hash.is_string()) hashes[path] = hash.get<std::string>();
  }
  return hashes;
}

bool inside(const std::string& path) {
  const fs::path normal = fs::path(path).lexically_normal();
  return !normal.empty() && !normal.is_absolute() && *normal.begin() != "..";
}

}  // namespace

std::vector<fs::path> write_folder(const fs::path& folder, const std::string& model,
                                   const std::vector<GeneratedFile>& files) {
  const std::string manifest = model + ".manifest.json";
  std::map<std::string, std::string> old_hashes;
  std::error_code ignored;
  if (fs::exists(folder, ignored)) {
    if (!fs::is_directory(folder, ignored)) fail(folder.string(), "is not a folder");
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      const bool is_manifest = name.size() > 14 && name.compare(name.size() - 14, 14, ".manifest.json") == 0;
      if (is_manifest && name != manifest) {
        fail(folder.string(), fmt::format("holds the generated model '{}'", name.substr(0, name.size() - 14)),
             "one model per folder: choose another folder, or remove that model");
      }
    }
    if (fs::exists(folder / manifest)) old_hashes = recorded_hashes(folder / manifest);
  }
  std::vector<Problem> problems;
  for (const auto& [path, hash] : old_hashes) {
    if (!inside(path) || !fs::exists(folder / path)) continue;
    if (file_content_hash(folder / path) != hash) {
      problems.push_back({(folder / path).string(), "was edited by hand since it was generated",
                          "move your change out of the generated folder, or remove the file"});
    }
  }
  for (const GeneratedFile& file : files) {
    if (file.path == manifest || old_hashes.count(file.path) != 0 || !fs::exists(folder / file.path)) continue;
    if (read_file(folder / file.path) != file.contents) {
      problems.push_back(
          {(folder / file.path).string(), "exists and was not made by Intaglio", "choose another folder or --name"});
    }
  }
  if (!problems.empty()) throw Error(problems);

  std::vector<fs::path> changed;
  std::vector<std::pair<fs::path, fs::path>> renames;  // temporary -> final
  try {
    for (const GeneratedFile& file : files) {
      const fs::path target = folder / file.path;
      fs::create_directories(target.parent_path());
      if (fs::exists(target) && fs::file_size(target) == file.contents.size() &&
          file_content_hash(target) == content_hash(file.contents))
        continue;
      const fs::path temporary = target.string() + ".intaglio-new";
      renames.emplace_back(temporary, target);
      std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
      stream.write(file.contents.data(), static_cast<std::streamsize>(file.contents.size()));
      stream.close();
      if (!stream) fail(target.string(), "cannot be written");
    }
    for (const auto& [from, to] : renames) {
      fs::rename(from, to);
      changed.push_back(to);
    }
  } catch (const fs::filesystem_error& error) {
    for (const auto& [temporary, target] : renames) fs::remove(temporary, ignored);
    fail(folder.string(), fmt::format("cannot be written: {}", error.code().message()));
  } catch (...) {
    for (const auto& [temporary, target] : renames) fs::remove(temporary, ignored);
    throw;
  }
  for (const auto& [path, hash] : old_hashes) {
    const bool still = std::any_of(files.begin(), files.end(),
                                   [&, &path = path](const GeneratedFile& file) { return file.path == path; });
    if (still || !inside(path)) continue;
    if (fs::remove(folder / path, ignored)) changed.push_back(folder / path);
  }
  return changed;
}

}  // namespace intaglio

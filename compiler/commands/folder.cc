// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "backend/manifest.h"
#include "commands/files.h"
#include "commands/folder_contents.h"
#include "commands/folder_lock.h"
#include "support/error.h"
#include "support/files.h"
#include "support/hash.h"
#include "support/unfinished.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view staging_beginning = ".intaglio-";
constexpr std::string_view record_meaning = "a compilation into this folder has not finished; the next one repairs it";

/// Hashes that a file may have and be ours, by path.
using Hashes = std::map<std::string, std::set<std::string>>;

void add_files(const Manifest& manifest, Hashes& hashes) {
  for (const auto& [path, hash] : manifest.files) {
    if (inside(path)) hashes[path].insert(hash);
  }
}

/// What the manifest says the files are, if there is one. With `force`, false when it cannot be read.
bool add_described(const fs::path& manifest, bool force, Hashes& hashes) {
  if (!fs::exists(manifest)) return true;
  const std::string text = read_file(manifest), where = manifest.string();
  const bool merging = has_conflicts(text);
  if (merging && !force) {
    fail(where, "holds the conflict markers of a merge",
         "compile with --force: it makes the folder again from the model, whatever the merge left in it");
  }
  bool readable = !merging;
  for (const std::string& side : merging ? sides_of_conflicts(text) : std::vector<std::string>{text}) {
    try {
      add_files(parse_manifest(side, where), hashes);
    } catch (const Error&) {
      if (!force) throw;
      readable = false;
    }
  }
  return readable;
}

/// Adds the hashes of the record of an unfinished call (one or two per file), if there is one.
void add_recorded(const fs::path& record, Hashes& hashes) {
  if (!fs::exists(record)) return;
  const nlohmann::json json = nlohmann::json::parse(read_file(record), nullptr, false);
  if (!json.is_object() || !json.contains("files") || !json["files"].is_object()) {
    fail(record.string(), "is not a record of Intaglio", "remove it or choose another folder");
  }
  for (const auto& [path, recorded] : json["files"].items()) {
    if (!inside(path)) continue;
    for (const nlohmann::json& hash : recorded) {
      if (hash.is_string()) hashes[path].insert(hash.get<std::string>());
    }
  }
}

bool is_our_record(const fs::path& path) {
  const nlohmann::json json = nlohmann::json::parse(read_file(path), nullptr, false);
  return json.is_object() && json.contains("files") && json.contains("what") && json["what"] == record_meaning;
}

/// Only one model lives in a folder, finished or not.
void refuse_other_models(const fs::path& folder, const std::string& model) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    for (std::string_view ending : {manifest_ending, record_ending}) {
      if (name.size() <= ending.size() || !name.ends_with(ending) || name == model + std::string(ending)) continue;
      if (!(ending == manifest_ending ? is_our_manifest(entry) : is_our_record(entry))) continue;
      const std::string other = name.substr(0, name.size() - ending.size());
      fail(folder.string(), fmt::format("holds the generated model '{}'", other),
           "one model per folder: choose another folder, or remove that model");
    }
  }
}

/// A folder in the folder (so that files move out of it at once)
/// that a name of its own keeps apart from those of other processes.
class Staging {
 public:
  explicit Staging(const fs::path& folder) {
    const SignalsHeld held;
    std::string pattern = (folder / fmt::format("{}XXXXXX", staging_beginning)).string();
    if (mkdtemp(pattern.data()) == nullptr) {
      fail(folder.string(), fmt::format("cannot be written: {}", std::strerror(errno)));
    }
    path_ = pattern;
    unfinished_.emplace(path_);
  }
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  const fs::path& path() const { return path_; }

  /// What calls that were killed have left. Only under the lock: others may be alive.
  static void remove_abandoned(const fs::path& folder) {
    std::vector<fs::path> abandoned;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.size() == staging_beginning.size() + 6 && name.starts_with(staging_beginning) && entry.is_directory())
        abandoned.push_back(entry.path());
    }
    for (const fs::path& each : abandoned) fs::remove_all(each);
  }

 private:
  fs::path path_;
  std::optional<Unfinished> unfinished_;
};

/// What a call finds and what it has to do.
struct Changes {
  std::map<std::string, std::string> present;  ///< by path: hashes of our files that are there
  std::map<std::string, std::string> wanted;   ///< by path: hashes of those that shall be there
  std::vector<const GeneratedFile*> written;   ///< in the order of `files`
  std::vector<std::string> removed;            ///< paths
  size_t converted = 0;                        ///< files of ours whose line ends were
};

/// What may be replaced beside what is as it was generated.
enum class Replace {
  nothing,
  edited,  ///< --force: files that the manifest knows
  wanted   ///< --force, and the manifest cannot be read: whatever stands under our names
};

/// Compares the folder with `files`; Error for everything that is not ours to replace or remove.
Changes compare(const fs::path& folder, const std::string& manifest, const Hashes& ours,
                const std::vector<GeneratedFile>& files, Replace replace) {
  Changes changes;
  for (const GeneratedFile& file : files) changes.wanted[file.path] = file.hash;
  std::set<std::string> paths;
  for (const auto& [path, hashes] : ours) paths.insert(path);
  for (const auto& [path, hash] : changes.wanted) paths.insert(path);
  std::vector<Problem> problems;
  for (const std::string& path : paths) {
    const fs::path place = folder / path;
    if (!fs::exists(place)) continue;
    const bool known = ours.contains(path), is_file = fs::is_regular_file(place);
    const std::string hash = is_file ? file_content_hash(place) : "";
    const auto wanted = changes.wanted.find(path);
    const auto is_ours = [&](const std::string& hash) {
      return (wanted != changes.wanted.end() && wanted->second == hash) || (known && ours.at(path).contains(hash));
    };
    const bool may_replace = (known && replace != Replace::nothing) || replace == Replace::wanted;
    if (is_file && (is_ours(hash) || path == manifest || may_replace)) {
      changes.present[path] = hash;
    } else if (is_file && is_ours(content_hash(with_own_line_ends(read_file(place))))) {
      changes.present[path] = hash;
      ++changes.converted;
    } else if (known && is_file) {
      problems.push_back({place.string(), "was edited by hand since it was generated",
                          "move your change out of the generated folder and remove the file, or compile with --force, "
                          "which replaces edited files"});
    } else {
      problems.push_back({place.string(), "exists and was not made by Intaglio", "choose another folder or --name"});
    }
  }
  if (!problems.empty()) throw Error(problems);
  for (const GeneratedFile& file : files) {
    const auto there = changes.present.find(file.path);
    if (there == changes.present.end() || there->second != changes.wanted[file.path]) changes.written.push_back(&file);
  }
  for (const auto& [path, hash] : changes.present) {
    if (!changes.wanted.contains(path)) changes.removed.push_back(path);
  }
  return changes;
}

/// The files between the first rename and the last: each has one of its two hashes, or is absent.
std::string unfinished_record(const std::string& manifest, const Changes& changes) {
  Hashes hashes;
  for (const auto* list : {&changes.present, &changes.wanted}) {
    for (const auto& [path, hash] : *list) {
      if (path != manifest) hashes[path].insert(hash);
    }
  }
  const nlohmann::ordered_json json = {{"what", record_meaning}, {"files", hashes}};
  return json.dump(1, ' ') + "\n";
}

}  // namespace

FolderChange write_folder(const fs::path& folder, const std::string& model, const std::vector<GeneratedFile>& files,
                          const std::vector<GeneratedFile>& kept, bool force) {
  const std::string manifest = fmt::format("{}{}", model, manifest_ending);
  const std::string record = fmt::format("{}{}", model, record_ending);
  try {
    const FolderLock lock(folder);
    if (lock.held()) Staging::remove_abandoned(folder);
    refuse_other_models(folder, model);
    Hashes ours;
    const bool readable = add_described(folder / manifest, force, ours);
    add_recorded(folder / record, ours);
    const Changes changes = compare(folder, manifest, ours, files,
                                    !force     ? Replace::nothing
                                    : readable ? Replace::edited
                                               : Replace::wanted);
    std::vector<const GeneratedFile*> written = changes.written;
    for (auto file = kept.rbegin(); file != kept.rend(); ++file) written.insert(written.begin(), &*file);

    FolderChange change;
    if (changes.converted > 0) {
      change.notes.push_back(
          fmt::format("{}: line ends of {} file{} were converted since generation (core.autocrlf?); written again",
                      folder.string(), changes.converted, changes.converted == 1 ? "" : "s"));
    }
    std::optional<SignalsHeld> held;
    if (!written.empty() || !changes.removed.empty()) {
      const Staging staging(folder);
      for (const GeneratedFile* file : written) write_generated(staging.path(), *file);
      write_generated(staging.path(), {record, unfinished_record(manifest, changes)});

      held.emplace();  // all that follows or nothing: it takes no time
      fs::rename(staging.path() / record, folder / record);
      // The manifest last: a folder with a new one is complete.
      for (const std::string& path : changes.removed) {
        if (fs::remove(folder / path)) change.paths.push_back(folder / path);
      }
      for (const GeneratedFile* file : written) {
        fs::create_directories((folder / file->path).parent_path());
        fs::rename(staging.path() / file->path, folder / file->path);
        change.paths.push_back(folder / file->path);
      }
    }
    fs::remove(folder / record);
    return change;
  } catch (const fs::filesystem_error& error) {
    fail(folder.string(), fmt::format("cannot be written: {}", error.code().message()));
  }
}

}  // namespace intaglio

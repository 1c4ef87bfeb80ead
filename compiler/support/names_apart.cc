// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/names_apart.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "support/hash.h"

namespace intaglio {

namespace {

/// Of a hash: more for those that still have the name of another.
constexpr size_t few_digits = 4, more_digits[] = {8, 16};

class Names {
 public:
  explicit Names(const std::vector<Named>& things) : things_(things) {
    for (const Named& thing : things) {
      names.push_back(thing.name), spoken_.push_back(thing.name);
      words_ = std::max(words_, thing.words.size());
      structures_ = std::max(structures_, thing.structures.size());
    }
  }
  std::vector<std::string> names;  ///< as far as they are made

  size_t levels() const { return words_ + structures_ + std::size(more_digits); }

  /// Makes names longer that are all the same.
  void extend(const std::vector<size_t>& equal, size_t level) {
    auto word = [&](size_t i) { return level < things_[i].words.size() ? things_[i].words[level] : std::string(); };
    const bool says_nothing =
        equal.size() > 1 && std::ranges::all_of(equal, [&](size_t i) { return word(i) == word(equal.front()); });
    for (size_t i : equal) {
      if (level >= words_) {
        const std::vector<std::string>& structures = things_[i].structures;
        if (structures.empty()) continue;
        const size_t depth = level - words_,
                     count = depth < structures_ ? few_digits : more_digits[depth - structures_];
        const std::string hash = fmt::format("{:016x}", hash64(structures[std::min(depth, structures.size() - 1)]));
        names[i] = fmt::format("{}_{}", spoken_[i], hash.substr(0, count));
      } else if (!says_nothing && !word(i).empty()) {
        names[i] = spoken_[i] += "_" + word(i);
      }
    }
  }

 private:
  const std::vector<Named>& things_;
  std::vector<std::string> spoken_;    ///< names without a hash
  size_t words_ = 0, structures_ = 0;  ///< most that any has
};

}  // namespace

std::vector<std::string> names_apart(const std::vector<Named>& things, std::set<std::string>& taken) {
  Names result(things);
  std::vector<std::string>& names = result.names;
  std::vector<size_t> open(things.size());  // those that still have the name of another
  std::iota(open.begin(), open.end(), size_t{0});
  for (size_t level = 0; level <= result.levels(); ++level) {
    std::map<std::string, std::vector<size_t>> groups;
    for (size_t i : open) groups[names[i]].push_back(i);
    open.clear();
    for (const auto& [name, equal] : groups) {
      if (equal.size() == 1 && taken.insert(name).second) continue;
      open.insert(open.end(), equal.begin(), equal.end());
      if (level < result.levels()) result.extend(equal, level);
    }
    std::ranges::sort(open);
  }
  for (size_t i : open) {
    const std::string equal = names[i];
    for (int number = 2; !taken.insert(names[i]).second; ++number) names[i] = fmt::format("{}_{}", equal, number);
  }
  return std::move(names);
}

}  // namespace intaglio

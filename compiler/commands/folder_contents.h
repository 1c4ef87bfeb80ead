// What is found in a generated folder, whoever looks at it: its manifest, and files that a merge or a checkout changed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace intaglio {

inline constexpr std::string_view manifest_ending = ".manifest.json", record_ending = ".unfinished.json";

/// Others write manifests, too. One that is damaged counts as ours where it says so anywhere.
bool is_our_manifest(const std::filesystem::path& path);

/// The manifest of the one model in a folder; Error with Exit::usage when there is none or several.
std::filesystem::path find_manifest(const std::filesystem::path& folder);

/// Whether a manifest's path of a file stays in its folder.
bool inside(const std::string& path);

/// Whether a text holds conflict markers of a merge.
bool has_conflicts(const std::string& text);
/// Both sides of such a text, as it was on each before the merge; the base (diff3) is on neither.
std::vector<std::string> sides_of_conflicts(const std::string& text);

/// The text with the line ends that everything is generated with; the same text when it has them.
std::string with_own_line_ends(const std::string& text);

/// Whether Git LFS has left a pointer in place of the file.
bool is_lfs_pointer(std::string_view text);

}  // namespace intaglio

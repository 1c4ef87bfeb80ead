// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/generate.h"

#include <fmt/format.h>

#include "backend/interface.h"
#include "backend/json_text.h"
#include "backend/template.h"

namespace intaglio {

namespace {

std::string render_cmake(const Target& target, const Interface& names, const GenerateOptions& options) {
  std::string sources = fmt::format("{}.cpp {}_weights.cpp", names.stem, names.name), flags;
  if (options.self_test) sources += fmt::format(" {}_selftest.cpp", names.name);
  for (std::string_view flag : target.compile_flags) flags += fmt::format("{}{}", flags.empty() ? "" : " ", flag);
  return render_template("CMakeLists.txt.tmpl", TemplateValues()
                                                    .set("version", std::string(tool_version))
                                                    .set("name", names.name)
                                                    .set("cmake_target", names.target)
                                                    .set("sources", sources)
                                                    .flag("has_flags", !flags.empty())
                                                    .set("flags", flags)
                                                    .flag("incbin", options.weights == WeightStorage::incbin));
}

}  // namespace

std::vector<GeneratedFile> generate(const Program& program, const ArenaLayout& arena, const Target& target,
                                    const GenerateOptions& options) {
  const Interface names = make_interface(program, options.name);
  std::vector<GeneratedFile> files;
  files.push_back({names.header, render_header(program, arena, names, options)});
  files.push_back({fmt::format("{}/{}", names.stem, names.header),
                   fmt::format("/* <{0}/{1}>, for projects that name folders. SPDX-License-Identifier: 0BSD */\n"
                               "#include \"../{1}\"\n",
                               names.stem, names.header)});
  files.push_back({names.stem + ".cpp", render_source(program, arena, target, names, options)});
  WeightsFiles weights = weights_files(program, names, options);
  for (GeneratedFile& file : weights.files) files.push_back(std::move(file));
  if (options.self_test) files.push_back({names.name + "_selftest.cpp", render_self_test(program, names, options)});
  std::vector<std::string_view> headers = target.runtime_headers;
  if (options.numerics == Numerics::fast) headers.push_back(fast_math_header);
  for (std::string_view header : headers) {
    files.push_back(
        {fmt::format("intaglio/{}", header), std::string(embedded_file(fmt::format("intaglio/{}", header)))});
  }
  if (program.tasks > 1) files.push_back({"intaglio/threads.h", std::string(embedded_file("intaglio/threads.h"))});
  files.push_back({"CMakeLists.txt", render_cmake(target, names, options)});
  // Line ends stay what the manifest's hashes count, whatever core.autocrlf says.
  files.push_back({".gitattributes", "* text eol=lf linguist-generated=true\n*.bin binary\n"});
  files.push_back({".clang-format", "DisableFormat: true\nSortIncludes: false\n"});
  Manifest manifest = describe(program, arena, target, names, options);
  manifest.weights.tensors = std::move(weights.tensors);
  for (const GeneratedFile& file : files) manifest.files.emplace_back(file.path, file.hash);
  files.push_back({names.stem + ".manifest.json", json_text(to_json(std::move(manifest))) + "\n"});
  return files;
}

}  // namespace intaglio

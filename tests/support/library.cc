// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "support/files.h"
#include "support/shell.h"

namespace intaglio::testing {

namespace fs = std::filesystem;

namespace {

/// Flags with which a compilation begins with the precompiled <immintrin.h>, where that fits.
std::string precompiled([[maybe_unused]] const std::string& compiler, [[maybe_unused]] const std::string& flags) {
#ifdef INTAGLIO_INTRINSICS
  if (compiler == "c++" && flags.find("-mavx2") != std::string::npos)
    return " -include " + shell_quoted(INTAGLIO_INTRINSICS);
#endif
  return "";
}

}  // namespace

Library::Library(const fs::path& folder, const std::vector<std::string>& sources, const std::string& flags,
                 const std::string& compiler) {
  std::string objects;
  for (const std::string& source : sources) objects += " " + fs::path(source).replace_extension(".o").string();
  const bool cached = std::system("command -v ccache > /dev/null 2>&1") == 0;
  std::ofstream(folder / "Makefile") << fmt::format(
      "library.so:{0}\n\t{1} -shared -o $@ $^\n"
      "%.o: %.cpp\n\t{2}{1} -std=c++11 -fPIC -Wall -Wextra -Wconversion -Wshadow -Wdouble-promotion -pedantic -Werror "
      "-I. -Wa,-I. {3} -c $< -o $@\n",
      objects, cxx_compiler(compiler), cached ? "CCACHE_SLOPPINESS=pch_defines,time_macros ccache " : "",
      flags + precompiled(cxx_compiler(compiler), flags));
  const std::string quoted = shell_quoted(folder.string());
  if (std::system(fmt::format("cd {} && make -s -j2 > build.log 2>&1", quoted).c_str()) != 0)
    throw std::runtime_error(read_file(folder / "build.log").substr(0, 6000));
  handle_ = dlopen((folder / "library.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) throw std::runtime_error(dlerror());
}

Library::~Library() {
  if (handle_ != nullptr) dlclose(handle_);
}

void* Library::address(const std::string& name) const {
  void* const found = dlsym(handle_, name.c_str());
  if (found == nullptr) throw std::runtime_error("the library has no " + name);
  return found;
}

}  // namespace intaglio::testing

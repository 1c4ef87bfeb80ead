// Templates are rendered strictly: what is missing or superfluous is an internal error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/template.h"

#include <gtest/gtest.h>

#include "support/error.h"

namespace intaglio::kernel_test {
namespace {

/// Of templates/CMakeLists.txt.tmpl.
TemplateValues project(bool flags) {
  return TemplateValues()
      .set("version", "0")
      .set("name", "net")
      .set("cmake_target", "net")
      .set("sources", "a.cpp")
      .flag("has_flags", flags)
      .set("flags", "-mfma")
      .flag("incbin", false);
}

std::string problem(const TemplateValues& values) {
  try {
    render_template("CMakeLists.txt.tmpl", values);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(Templates, SectionsLeaveNoLinesOfTheirOwn) {
  const std::string with = render_template("CMakeLists.txt.tmpl", project(true)),
                    without = render_template("CMakeLists.txt.tmpl", project(false));
  const std::string options = "target_compile_options(net PRIVATE -mfma)\n", end = "endif()\n";
  EXPECT_TRUE(with.ends_with(end + options)) << with;
  EXPECT_TRUE(without.ends_with(end)) << without;
}

TEST(Templates, RefuseWhatDoesNotFit) {
  EXPECT_EQ(problem(project(true)), "");
  EXPECT_NE(problem(TemplateValues()).find("names 'version', which has no value"), std::string::npos)
      << problem(TemplateValues());
  EXPECT_NE(problem(project(false).set("other", 1)).find("does not use 'other'"), std::string::npos);
  // Names inside a section of a list are the item's, never those around it.
  EXPECT_NE(problem(project(false).list("incbin", {TemplateValues()})).find("which has no value"), std::string::npos);
}

}  // namespace
}  // namespace intaglio::kernel_test

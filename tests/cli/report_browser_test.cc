// Pages of `intaglio report` in a real browser, in several widths, dark and as printed: nothing is missing or clipped,
// and the keyboard reaches everything. Skipped where no Chromium is installed (cmake/install-dependencies.sh does).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "generated.h"
#include "report_models.h"

namespace intaglio_cli {
namespace {

std::string browser() {
  for (const char* name : {"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}) {
    if (installed(name)) return name;
  }
  return {};
}

struct PageView {
  int width;
  const char* mode;
};

constexpr PageView views[] = {{360, ""}, {800, ""}, {1280, ""}, {1280, "dark"}, {1920, ""}, {700, "print"}};

/// A page that shows `page` in every view, and collects what the checks in it say.
std::string frames(const std::string& page) {
  std::string text =
      "<!DOCTYPE html><title>frames</title><pre id=results></pre><script>const results = [];\n"
      "addEventListener('message', (event) => { results.push(event.data);\n"
      "  document.getElementById('results').textContent = '@' + '@' + JSON.stringify(results) + '@' + '@'; "
      "});</script>\n";
  for (const PageView& view : views) {
    text += "<iframe width=" + std::to_string(view.width) + " height=900 style='border: 0' src='" + page;
    if (*view.mode) text += std::string("#") + view.mode;
    text += "'></iframe>\n";
  }
  return text;
}

/// What --dump-dom made of '&', '<' and '>'.
std::string unescaped(std::string text) {
  for (const auto& [entity, character] : {std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&amp;", "&")}) {
    for (size_t at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1))
      text.replace(at, std::string(entity).size(), character);
  }
  return text;
}

void expect_right_in_a_browser(const std::filesystem::path& folder, const std::filesystem::path& page) {
  std::string text = read_file(page);
  const size_t end = text.rfind("</body>");
  ASSERT_NE(end, std::string::npos);
  text.insert(end, "<script>" + read_file(INTAGLIO_TESTS_DIR "/cli/report_page_check.js") + "</script>\n");
  write_file(folder / "checked.html", text);
  write_file(folder / "frames.html", frames("checked.html"));
  const Outcome outcome = run({browser(), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000",
                               "--window-size=2000,6000", "--user-data-dir=" + (folder / "profile").string(),
                               "--dump-dom", "file://" + (folder / "frames.html").string()});
  const size_t first = outcome.out.find("@@"), last = outcome.out.rfind("@@");
  ASSERT_NE(first, last) << "the browser said nothing: " << outcome.err.substr(0, 2000);
  const auto results = nlohmann::json::parse(unescaped(outcome.out.substr(first + 2, last - first - 2)));
  EXPECT_EQ(results.size(), std::size(views));
  for (const auto& result : results) {
    EXPECT_TRUE(result["problems"].empty()) << result["view"] << ":\n" << result["problems"].dump(1);
    EXPECT_GT(result["checked"]["texts"], 40) << result["view"];
  }
}

TEST(ReportInBrowser, NothingIsMissingOrClipped) {
  if (browser().empty()) GTEST_SKIP() << "no Chromium is installed";
  const TemporaryFolder folder;
  const std::filesystem::path page = folder / "report.html";
  write_file(folder / "bench.json", bench_of(model("ghostnet_100.ts.onnx")));
  const Outcome outcome =
      intaglio({"report", model("ghostnet_100.ts.onnx"), "-o", page, "--bench", folder / "bench.json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  expect_right_in_a_browser(folder.path(), page);
}

TEST(ReportInBrowser, NamesOfAModelAreOnlyText) {
  if (browser().empty()) GTEST_SKIP() << "no Chromium is installed";
  const TemporaryFolder folder;
  write_file(folder / "hostile.onnx", hostile_model());
  const Outcome outcome = intaglio({"report", folder / "hostile.onnx", "-o", folder / "report.html"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  expect_right_in_a_browser(folder.path(), folder / "report.html");
}

}  // namespace
}  // namespace intaglio_cli

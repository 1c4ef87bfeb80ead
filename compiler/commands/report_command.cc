// intaglio report: one page about a model, for a browser, that needs nothing else.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <map>

#include "backend/json_text.h"
#include "commands/command_files.h"
#include "commands/commands.h"
#include "commands/files.h"
#include "commands/report_data.h"

namespace intaglio {

namespace {

/// JSON in one line that may stand in a <script>: whatever a model's names hold, no tag or comment begins or ends in it.
std::string inside_script(const nlohmann::ordered_json& json) {
  std::string text;
  for (char c : nlohmann::ordered_json::parse(json_text(json)).dump()) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

/// Without the line that tells debuggers of a file which the page does not have.
std::string_view without_source_map(std::string_view script) {
  return script.substr(0, std::min(script.size(), script.find("//# sourceMappingURL=")));
}

/// The text between <title> and </title>.
std::string escaped_html(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else
      result += c;
  }
  return result;
}

/// The page with a value for every {{name}} in it.
std::string filled_page(const std::map<std::string, std::string>& values) {
  std::string_view page = command_file("report/page.html");
  std::string result;
  for (size_t begin = page.find("{{"); begin != std::string_view::npos; begin = page.find("{{")) {
    const size_t end = page.find("}}", begin);
    result += page.substr(0, begin);
    result += values.at(std::string(page.substr(begin + 2, end - begin - 2)));
    page.remove_prefix(end + 2);
  }
  return result + std::string(page);
}

std::string report_page(const nlohmann::ordered_json& data) {
  std::string scripts;
  for (const char* file : {"helpers", "overview", "layers", "graph", "memory", "speed", "weights", "main"})
    scripts += command_file(fmt::format("report/{}.js", file));
  return filled_page({{"title", escaped_html(data["model"]["name"].get<std::string>())},
                      {"style", std::string(command_file("report/page.css"))},
                      {"layout_licence", std::string(command_file("dagre/LICENSE"))},
                      {"layout", std::string(without_source_map(command_file("dagre/dagre.min.js")))},
                      {"data", inside_script(data)},
                      {"scripts", scripts}});
}

}  // namespace

Command add_report(CLI::App& app) {
  struct ReportArguments {
    ModelArguments model;
    std::string output, bench;
    bool json = false;
  };
  auto arguments = std::make_shared<ReportArguments>();
  arguments->model.add_to(app);
  CLI::Option* output = app.add_option("-o,--output", arguments->output, "The page, FILE.html");
  app.add_option("--bench", arguments->bench, "What `intaglio bench --json` measured: times and a roofline");
  CLI::Option* json = app.add_flag("--json", arguments->json, "Print the page's data instead");
  json->excludes(output);
  return [arguments] {
    if (arguments->output.empty() && !arguments->json)
      throw Error(Problem{"", "report needs a place for the page", "name it with -o report.html"}, Exit::usage);
    if (!arguments->output.empty()) expect_writable(arguments->output);
    const CompileOptions options = arguments->model.options();
    const Compiled compiled = compile(options);
    print_notes(compiled.notes);
    nlohmann::ordered_json bench;
    if (!arguments->bench.empty()) bench = bench_for(compiled, options, arguments->bench);
    const nlohmann::ordered_json data = report_data(compiled, options, std::move(bench));
    if (arguments->json) {
      fmt::print("{}\n", json_text(data));
      return Exit::done;
    }
    write_file(arguments->output, report_page(data));
    fmt::print("{}: {} layers, {} weights{}\n", arguments->output, data["layers"].size(), data["weights"].size(),
               data.contains("bench") ? ", measured times" : "");
    return Exit::done;
  };
}

}  // namespace intaglio

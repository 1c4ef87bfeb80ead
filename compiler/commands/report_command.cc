// intaglio report: one page about a model, for a browser, that needs nothing else.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <kainjow/mustache.hpp>

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

std::string report_page(const nlohmann::ordered_json& data) {
  std::string scripts;
  for (const char* file : {"helpers", "overview", "layers", "graph", "memory", "speed", "weights", "main"})
    scripts += command_file(fmt::format("report/{}.js", file));
  kainjow::mustache::data values;
  values.set("title", data["model"]["name"].get<std::string>());  // escaped, unlike what has three braces
  values.set("style", std::string(command_file("report/page.css")));
  values.set("layout_licence", std::string(command_file("dagre/LICENSE")));
  values.set("layout", std::string(without_source_map(command_file("dagre/dagre.min.js"))));
  values.set("data", inside_script(data));
  values.set("scripts", scripts);
  return kainjow::mustache::mustache(std::string(command_file("report/page.html"))).render(values);
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

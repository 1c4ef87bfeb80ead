// Renders NAME.h and NAME.cpp.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/interface.h"
#include "backend/template.h"
#include "backend/weight_members.h"
#include "support/hash.h"
#include "support/readable.h"

namespace intaglio {

namespace {

std::string dimensions(const Shape& shape) {
  std::string text;
  for (int64_t extent : shape) text += fmt::format("{}{}", text.empty() ? "" : ", ", extent);
  return shape.rank() == 0 ? "1" : text;
}

/// Comments must not end early or contain what a name brings along; compilers warn of text that is not UTF-8.
std::string comment_text(const std::string& text) {
  std::string result;
  for (char c : text) result += static_cast<unsigned char>(c) < 32 || c == '\\' ? ' ' : c;
  for (size_t at; (at = result.find("*/")) != std::string::npos;) result.replace(at, 2, "* ");
  for (size_t at; (at = result.find("/*")) != std::string::npos;) result.replace(at, 2, "/ ");
  return readable(result);
}

std::string without_newline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// What model.cpp.tmpl declares or calls under names that contain the model's, and the parameters of its functions.
std::set<std::string> names_of_source(const Program& program, const Interface& interface) {
  const std::string& model = interface.name;
  std::set<std::string> names(interface.steps.begin(), interface.steps.end());
  for (const char* end :
       {"weights", "weights_data", "weights_match", "prepared", "prepare", "run", "run_parallel", "memory", "io"})
    names.insert(fmt::format("{}_{}", model, end));
  for (const Weight& weight : program.weights) names.insert(fmt::format("{}_weights_{}", model, weight.name));
  if (program.tasks == 1) return names;
  for (const char* end : {"job", "part", "parts", "steps"}) names.insert(fmt::format("{}_{}", model, end));
  names.insert({"job", "data", "part", "parallel"});
  return names;
}

/// Sizes, shapes and types as macros that begin with `macro`.
std::string render_sizes(const Program& program, const ArenaLayout& arena, const Interface& names,
                         const std::string& macro, bool external) {
  std::vector<TemplateValues> ports;
  auto add_ports = [&](const std::vector<Program::Port>& list, const std::vector<std::string>& members,
                       const char* kind) {
    for (size_t i = 0; i < list.size(); ++i) {
      const Program::Port& port = list[i];
      ports.push_back(TemplateValues()
                          .set("prefix", fmt::format("{}_{}_{}", macro, kind, upper_case(members[i])))
                          .set("index_prefix", fmt::format("{}_{}_{}", macro, kind, i))
                          .set("rank", port.shape.rank())
                          .set("dimensions", dimensions(port.shape))
                          .set("elements", port.shape.elements())
                          .set("type", c_type(port.type)));
    }
  };
  add_ports(program.inputs, names.inputs, "INPUT");
  add_ports(program.outputs, names.outputs, "OUTPUT");
  const int64_t prepared_bytes = lay_out_prepared(program).bytes;
  return render_template("model_sizes.h.tmpl", TemplateValues()
                                                   .set("macro", macro)
                                                   .set("arena_bytes", arena.bytes)
                                                   .set("arena_align", arena.alignment)
                                                   .set("weights_bytes", lay_out_weights(program).bytes +
                                                                             (external ? external_header_bytes : 0))
                                                   .flag("prepared", prepared_bytes > 0)
                                                   .set("prepared_bytes", prepared_bytes)
                                                   .set("prepared_align", weights_alignment)
                                                   .set("macs", total_macs(program))
                                                   .set("input_count", program.inputs.size())
                                                   .set("output_count", program.outputs.size())
                                                   .list("ports", ports));
}

bool runs_with_its_group(const Program& program, size_t index) {
  const std::optional<size_t>& group = program.steps[index].group;
  return group && program.groups[*group].tasks > 1;
}

/// Whether something runs at the same time as the step, or as a part of it.
bool is_cut(const Program& program, size_t index) {
  return runs_with_its_group(program, index) || !program.steps[index].parts.empty();
}

/// What each task of a cut step does, which is called part in generated code; of the first step of a group with tasks,
/// each task of the group, and nothing of its other steps.
std::vector<std::string> render_tasks(const Program& program, size_t index, Emitter& emitter) {
  const Step& step = program.steps[index];
  std::vector<std::string> tasks;
  if (!runs_with_its_group(program, index)) {
    for (const Kernel& part : step.parts) tasks.push_back(render_kernel(part, step, emitter));
    return tasks;
  }
  if (index > 0 && program.steps[index - 1].group == step.group) return tasks;
  tasks.resize(program.groups[*step.group].tasks);
  for (size_t i = index; i < program.steps.size() && program.steps[i].group == step.group; ++i) {
    const Step& each = program.steps[i];
    std::string& text = tasks[each.task];
    text += fmt::format("{}// {}\n        {}", text.empty() ? "" : "\n        ",
                        comment_text(fmt::format("{}: {}", each.name, description(each))),
                        render_kernel(each.kernel, each, emitter));
  }
  return tasks;
}

/// Statements of the run function and, of steps that are cut, of the function that computes one part.
struct RunText {
  std::vector<TemplateValues> steps, cut;
  Emitter::Uses used_by_steps, used_by_parts;
};

RunText render_steps(const Program& program, const Interface& names, Emitter& emitter) {
  RunText text{{}, {}, emitter.no_uses(), emitter.no_uses()};
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const Step& step = program.steps[i];
    const std::string comment = comment_text(fmt::format("{}: {}", step.name, description(step)));
    std::string call;
    if (is_cut(program, i)) {
      emitter.uses = &text.used_by_parts;
      const std::vector<std::string> tasks = render_tasks(program, i, emitter);
      if (tasks.empty()) continue;  // a step of a group that the group's first one stands for
      std::vector<TemplateValues> parts;
      for (size_t task = 0; task < tasks.size(); ++task)
        parts.push_back(TemplateValues().set("part", task).set("call", tasks[task]));
      text.cut.push_back(TemplateValues().set("comment", comment).set("step", names.steps[i]).list("parts", parts));
      call = fmt::format("job.step = {};\n  parallel->run(parallel->context, {}_part, &job, {});", names.steps[i],
                         names.name, tasks.size());
    } else {
      emitter.uses = &text.used_by_steps;
      call = render_kernel(step.kernel, step, emitter);
    }
    text.steps.push_back(TemplateValues()
                             .set("comment", comment)
                             .set("step", names.steps[i])
                             .set("upper", names.upper)
                             .set("call", call));
  }
  emitter.uses = nullptr;
  return text;
}

/// Where the struct of all stored weights lies, at which `weights` points unless they are linked in.
std::string stored_weights(const Interface& names, WeightStorage storage, const std::string& weights) {
  if (storage == WeightStorage::incbin) return names.name + "_weights_data";
  return fmt::format(
      "*static_cast<const {}_weights*>(static_cast<const void*>(static_cast<const unsigned char*>({}) + {}))",
      names.name, weights, external_header_bytes);
}

/// Whether any of the weights that a function uses is read as it is stored, or prepared.
bool reads_weights(const Program& program, const Emitter::Uses& used, bool prepared) {
  for (size_t i = 0; i < program.weights.size(); ++i) {
    if (used[WeightId(i)] && program.weights[i].preparation.has_value() == prepared) return true;
  }
  return false;
}

/// Pointers to everything that a function uses.
std::string render_places(const Program& program, const ArenaLayout& arena, const Interface& names,
                          const Emitter& emitter, const Emitter::Uses& used, WeightStorage storage) {
  std::vector<TemplateValues> ports, buffers;
  auto add_ports = [&](const std::vector<Program::Port>& list, const std::vector<std::string>& members, bool input) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (!used[list[i].buffer]) continue;
      ports.push_back(TemplateValues()
                          .set("type", (input ? "const " : "") + c_type(list[i].type))
                          .set("identifier", emitter.pointer(list[i].buffer))
                          .set("member", members[i]));
    }
  };
  add_ports(program.inputs, names.inputs, true);
  add_ports(program.outputs, names.outputs, false);
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer& buffer = program.buffers[i];
    const bool in_arena = buffer.kind == BufferKind::arena || buffer.kind == BufferKind::scratch;
    if (!in_arena || !used[BufferId(i)]) continue;
    buffers.push_back(TemplateValues()
                          .set("type", c_type(buffer.type))
                          .set("identifier", emitter.pointer(BufferId(i)))
                          .set("offset", arena.offsets[i])
                          .set("bytes", buffer.bytes()));
  }
  return render_template("model_places.cpp.tmpl", TemplateValues()
                                                      .set("name", names.name)
                                                      .list("ports", ports)
                                                      .flag("has_buffers", !buffers.empty())
                                                      .list("buffers", buffers)
                                                      .flag("stored", storage != WeightStorage::inline_arrays &&
                                                                          reads_weights(program, used, false))
                                                      .set("weights", stored_weights(names, storage, "memory->weights"))
                                                      .flag("prepared", reads_weights(program, used, true)));
}

}  // namespace

std::string render_header(const Program& program, const ArenaLayout& arena, const Interface& names,
                          const GenerateOptions& options) {
  std::vector<TemplateValues> inputs, outputs, steps;
  for (const std::string& step : names.steps) steps.push_back(TemplateValues().set("step", step));
  auto port_list = [&](const std::vector<Program::Port>& list, const std::vector<std::string>& members,
                       std::vector<TemplateValues>& values) {
    for (size_t i = 0; i < list.size(); ++i) {
      values.push_back(TemplateValues()
                           .set("member", members[i])
                           .set("type", c_type(list[i].type))
                           .set("shape", list[i].shape.text())
                           .set("onnx_name", comment_text(list[i].name)));
    }
  };
  port_list(program.inputs, names.inputs, inputs);
  port_list(program.outputs, names.outputs, outputs);
  const bool external = options.weights == WeightStorage::external;
  return render_template(
      "model.h.tmpl",
      TemplateValues()
          .set("name", names.name)
          .set("upper", names.upper)
          .set("version", std::string(tool_version))
          .set("source", comment_text(options.source))
          .list("inputs", inputs)
          .list("outputs", outputs)
          .set("guard", names.guard)
          .set("sizes", without_newline(render_sizes(program, arena, names, names.upper, external)))
          .flag("capitals", names.has_capitals())
          .set("own_sizes", without_newline(render_sizes(program, arena, names, names.name, external)))
          .flag("prepared", lay_out_prepared(program).bytes > 0)
          .set("prepare_weights", external ? "as in memory->weights" : "null")
          .set("weights_comment",
               external ? fmt::format("{}_weights.bin in memory, aligned to {} bytes", names.name, weights_alignment)
                        : std::string("unused: the weights are linked in; null"))
          .flag("empty", program.inputs.empty() && program.outputs.empty())
          .flag("parallel", program.tasks > 1)
          .set("tasks", program.tasks)
          .flag("has_steps", !steps.empty())
          .list("steps", steps)
          .flag("external", external)
          .flag("self_test", options.self_test.has_value())
          .set("selftest_source",
               fmt::format("In {}_selftest.cpp; uses static buffers for inputs and outputs", names.name)));
}

std::string render_source(const Program& program, const ArenaLayout& arena, const Target& target,
                          const Interface& names, const GenerateOptions& options) {
  const WeightMembers weights = weight_members(program, names, options.weights);
  Emitter emitter(program, options.numerics, names_of_source(program, names), names.upper + "_", weights.pointers);
  const RunText text = render_steps(program, names, emitter);
  const WeightLayout layout = lay_out_weights(program);
  const bool arrays = options.weights == WeightStorage::inline_arrays;
  const bool external = options.weights == WeightStorage::external;
  auto places_of = [&](const Emitter::Uses& used) {
    return without_newline(render_places(program, arena, names, emitter, used, options.weights));
  };
  std::vector<TemplateValues> preparations;
  for (size_t i = 0; i < program.weights.size(); ++i) {
    const Weight& weight = program.weights[i];
    if (!weight.preparation) continue;
    preparations.push_back(TemplateValues()
                               .set("function", prepare_function(emitter, *weight.preparation, names.name))
                               .set("place", weights.stored[i])
                               .set("to", weights.prepared[i])
                               .set("count", weight.data.elements() / weight.preparation->taps()));
  }
  std::vector<TemplateValues> functions;
  for (const std::string& function : emitter.functions()) functions.push_back(TemplateValues().set("text", function));

  std::vector<TemplateValues> declarations, includes;
  std::string null_tests;
  auto test_ports = [&](const std::vector<Program::Port>& list, const std::vector<std::string>& members) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (list[i].shape.elements() > 0) null_tests += fmt::format(" || !io->{}", members[i]);
    }
  };
  test_ports(program.inputs, names.inputs);
  test_ports(program.outputs, names.outputs);
  for (const Weight& weight : program.weights) {
    if (!arrays || weight.data.elements() == 0) continue;
    declarations.push_back(TemplateValues()
                               .set("type", c_type(weight.data.type()))
                               .set("symbol", fmt::format("{}_weights_{}", names.name, weight.name))
                               .set("elements", weight.data.elements()));
  }
  std::vector<std::string_view> headers = {target.simd_header, "math.h", "border.h", "convolution.h"};
  if (options.numerics == Numerics::fast) headers.insert(headers.begin() + 2, fast_math_header);
  for (std::string_view header : headers) {
    includes.push_back(TemplateValues().set("header", std::string(header)));
  }
  std::string header_bytes;
  for (char c : external_header(program, layout))
    header_bytes +=
        fmt::format("{}{}", header_bytes.empty() ? "" : ", ", static_cast<int>(static_cast<unsigned char>(c)));
  const std::string checks = render_template("model_checks.cpp.tmpl", TemplateValues()
                                                                          .set("name", names.name)
                                                                          .set("upper", names.upper)
                                                                          .set("null_tests", null_tests)
                                                                          .flag("prepared", !preparations.empty())
                                                                          .flag("external", external));
  const bool blob = options.weights == WeightStorage::incbin &&
                    (!preparations.empty() || reads_weights(program, text.used_by_steps, false) ||
                     reads_weights(program, text.used_by_parts, false));
  // All functions are known: their names go where they are called.
  return emitter.named(
      render_template("model.cpp.tmpl", TemplateValues()
                                            .set("name", names.name)
                                            .set("upper", names.upper)
                                            .set("version", std::string(tool_version))
                                            .set("source", comment_text(options.source))
                                            .set("model_header", names.header)
                                            .set("target", std::string(target.name))
                                            .set("numerics", std::string(numerics_name(options.numerics)))
                                            .list("includes", includes)
                                            .list("weight_declarations", declarations)
                                            .flag("blob", blob)
                                            .flag("has_structs", !weights.structs.empty())
                                            .set("structs", without_newline(weights.structs))
                                            .flag("structs_read", !arrays)
                                            .set("weights", stored_weights(names, options.weights, "data"))
                                            .flag("external", external)
                                            .set("header", header_bytes)
                                            .list("functions", functions)
                                            .flag("prepared", !preparations.empty())
                                            .flag("linked", !external)
                                            .list("preparations", preparations)
                                            .set("checks", without_newline(checks))
                                            .set("places", places_of(text.used_by_steps))
                                            .list("steps", text.steps)
                                            .flag("parallel", program.tasks > 1)
                                            .flag("serial", text.cut.empty())
                                            .flag("cut", !text.cut.empty())
                                            .set("places_of_parts", places_of(text.used_by_parts))
                                            .list("cut_steps", text.cut)));
}

}  // namespace intaglio

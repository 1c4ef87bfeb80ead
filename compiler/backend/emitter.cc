// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/emitter.h"

#include <fmt/format.h>

#include "backend/element_literal.h"
#include "backend/identifiers.h"
#include "ir/step_operands.h"
#include "support/error.h"

namespace intaglio {

namespace {

std::string offset_expression(const std::string& base, int64_t offset) {
  return offset == 0 ? base : fmt::format("{} + {}", base, offset);
}

/// Marks operands; visitor of ir/step_operands.h.
struct Listed {
  std::vector<bool>&buffers, &constants;

  void reads(const auto&... views) { (mark(views), ...); }
  void writes(const auto&... views) { (mark(views), ...); }
  void weights(auto... ids) { (mark(ids), ...); }
  void scratch(BufferId id) { mark(id); }
  void in_place(const auto&, const View&) {}

 private:
  void mark(BufferId id) {
    if (id) buffers[id.index()] = true;
  }
  void mark(WeightId id) {
    if (id) constants[id.index()] = true;
  }
  void mark(const View& view) { mark(view.buffer), mark(view.weight); }
  void mark(const std::optional<View>& view) {
    if (view) mark(*view);
  }
};

}  // namespace

Emitter::Emitter(const Program& program, Numerics numerics, std::set<std::string> own_names, const std::string& macros)
    : program(program),
      numerics(numerics),
      taken_(std::move(own_names)),
      listed_buffers_(program.buffers.size()),
      listed_weights_(program.weights.size()) {
  Listed listed{listed_buffers_, listed_weights_};
  const auto list = [&](const auto& step) { operands::visit(listed, step); };
  for (const Step& step : program.steps) {
    std::visit(list, step.kernel);
    for (const Kernel& part : step.parts) std::visit(list, part);
  }
  for (const Weight& weight : program.weights) taken_.insert("w_" + weight.name);
  // Unique among functions too: a local must not hide a function that is called beside it.
  for (const Buffer& buffer : program.buffers) {
    const std::string name = safe_identifier(buffer.name);
    buffer_names_.push_back(unique(name.starts_with(macros) || name.starts_with("INTAGLIO_") ? "v" + name : name));
  }
}

std::string Emitter::unique(const std::string& wanted) {
  std::string name = wanted;
  for (int suffix = 2; !taken_.insert(name).second; ++suffix) name = fmt::format("{}_{}", wanted, suffix);
  return name;
}

std::string Emitter::function(const std::string& wanted_name,
                              const std::function<std::string(const std::string&)>& render) {
  static const std::string placeholder = "@function@";
  std::string text = render(placeholder);
  const auto [known, is_new] = names_by_text_.try_emplace(wanted_name + "\n" + text);
  if (!is_new) return known->second;
  known->second = unique(wanted_name);
  for (size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += known->second.size())
    text.replace(at, placeholder.size(), known->second);
  functions_.push_back(std::move(text));
  return known->second;
}

std::string Emitter::pointer(const View& view) const {
  return offset_expression(view.buffer ? pointer(view.buffer) : pointer(view.weight), view.offset);
}
std::string Emitter::pointer(WeightId weight) const {
  if (program[weight].data.elements() == 0 && !program[weight].whole) return "nullptr";  // no array holds nothing
  if (program[weight].whole) return offset_expression(pointer(program[weight].whole), program[weight].offset);
  require(listed_weights_[weight.index()], "a kernel reads a weight that its step does not list");
  if (uses) uses->weights[weight.index()] = true;
  return "w_" + program[weight].name;
}
std::string Emitter::pointer(BufferId buffer) const {
  require(listed_buffers_[buffer.index()], "a kernel uses a buffer that its step does not list");
  if (uses) uses->buffers[buffer.index()] = true;
  return buffer_names_[buffer.index()];
}

std::string render_kernel(const Kernel& kernel, const Step& step, Emitter& emitter) {
  return std::visit([&](const auto& family) { return render(family, step, emitter); }, kernel);
}

namespace {
/// The functions that fast numerics compute by runtime/intaglio/fast_math.h.
bool has_fast_form(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::exp:
    case UnaryKind::log:
    case UnaryKind::sigmoid:
    case UnaryKind::swish:
    case UnaryKind::tanh:
    case UnaryKind::erf:
    case UnaryKind::gelu:
    case UnaryKind::gelu_tanh:
    case UnaryKind::softplus:
    case UnaryKind::mish:
      return true;
    default:
      return false;
  }
}
}  // namespace

std::string Emitter::elementary(UnaryKind kind) const {
  return fmt::format("{}_{}", strict() || !has_fast_form(kind) ? "f32x8" : "fast", unary_name(kind));
}

std::string unary_expression(const Emitter& emitter, const Unary& unary, const std::string& value) {
  if (unary.kind == UnaryKind::identity) return value;
  std::string arguments = value;
  if (unary_uses_alpha(unary.kind)) arguments += ", " + float_literal(unary.alpha);
  if (unary_uses_beta(unary.kind)) arguments += ", " + float_literal(unary.beta);
  return fmt::format("{}({})", emitter.elementary(unary.kind), arguments);
}

std::string epilogue_suffix(const Epilogue& epilogue) {
  std::string suffix;
  auto append = [&](std::string_view part) { suffix += "_" + std::string(part); };
  if (epilogue.activation.kind != UnaryKind::identity) append(unary_name(epilogue.activation.kind));
  if (epilogue.residual) append("add");
  if (epilogue.final_activation.kind != UnaryKind::identity) append(unary_name(epilogue.final_activation.kind));
  return suffix;
}

std::string epilogue_expression(const Emitter& emitter, const Epilogue& epilogue, const std::string& value,
                                const std::string& residual) {
  std::string result = unary_expression(emitter, epilogue.activation, value);
  if (epilogue.residual) result = fmt::format("f32x8_add({}, {})", result, residual);
  return unary_expression(emitter, epilogue.final_activation, result);
}

std::string c_type(ElementType type) { return std::string(element_type_info(type).c_type); }

std::string unsigned_c_type(ElementType type) {
  return (element_type_info(type).kind == ElementKind::signed_integer ? "u" : "") + c_type(type);
}

std::string plus(int64_t offset) {
  if (offset == 0) return "";
  return offset > 0 ? fmt::format(" + {}", offset) : fmt::format(" - {}", -offset);
}

std::string clear_border_statement(const View& view, const std::string& pointer) {
  if (view.border_top == 0 && view.border_left == 0 && view.border_bottom == 0 && view.border_right == 0) return {};
  return fmt::format("clear_border({}, {}, {}, {}, {}, {}, {}, {}, {}, {});", pointer, view.blocks(), view.block_stride,
                     view.height, view.width, view.row_stride, view.border_top, view.border_left, view.border_bottom,
                     view.border_right);
}

std::string shape_name(const View& view) {
  if (!view.blocked()) return view.shape.text();
  return view.height == 1 ? fmt::format("{}x{}", view.channels(), view.width)
                          : fmt::format("{}x{}x{}", view.channels(), view.height, view.width);
}

std::string integer_table(const std::vector<int64_t>& values) {
  std::string text = "{";
  size_t line = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string item = std::to_string(values[i]) + (i + 1 < values.size() ? "," : "");
    if (line + item.size() > 100) {
      text += "\n   ";
      line = 0;
    }
    text += (i == 0 ? "" : " ") + item;
    line += item.size() + 1;
  }
  return text + "}";
}

}  // namespace intaglio

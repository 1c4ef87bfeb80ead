// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/emitter.h"

#include <fmt/format.h>

#include "backend/element_literal.h"
#include "backend/identifiers.h"
#include "ir/step_operands.h"
#include "support/error.h"
#include "support/hash.h"
#include "support/names_apart.h"

namespace intaglio {

namespace {

std::string offset_expression(const std::string& base, int64_t offset) {
  return offset == 0 ? base : fmt::format("{} + {}", base, offset);
}

constexpr std::string_view own_name = "@function@", other_name = "@function ";

/// Puts names in the place of what stands for functions by their number.
std::string with_names(const std::string& text, const std::vector<std::string>& names) {
  std::string result;
  size_t from = 0;
  for (size_t at; (at = text.find(other_name, from)) != std::string::npos;) {
    const size_t number = at + other_name.size(), end = text.find('@', number);
    result += text.substr(from, at - from) + names.at(std::stoul(text.substr(number, end - number)));
    from = end + 1;
  }
  return result + text.substr(from);
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

std::string own_identifier(const std::string& name, const std::string& macros, std::set<std::string>& taken) {
  std::string identifier = safe_identifier(name);
  if (identifier.starts_with(macros) || identifier.starts_with("INTAGLIO_")) identifier.insert(0, 1, 'v');
  while (!taken.insert(identifier).second) identifier.insert(0, 1, 'v');
  return identifier;
}

Emitter::Emitter(const Program& program, Numerics numerics, std::set<std::string> own_names, const std::string& macros,
                 std::vector<std::string> weights)
    : program(program),
      numerics(numerics),
      taken_(std::move(own_names)),
      weights_(std::move(weights)),
      listed_buffers_(program.buffers.size()),
      listed_weights_(program.weights.size()) {
  Listed listed{listed_buffers_, listed_weights_};
  const auto list = [&](const auto& step) { operands::visit(listed, step); };
  for (const Step& step : program.steps) {
    std::visit(list, step.kernel);
    for (const Kernel& part : step.parts) std::visit(list, part);
  }
  // A local must not hide a function that is called beside it.
  for (const Buffer& buffer : program.buffers) buffer_names_.push_back(own_identifier(buffer.name, macros, taken_));
}

std::string Emitter::function(const std::string& wanted_name,
                              const std::function<std::string(const std::string&)>& render) {
  require(function_names_.empty(), "a function is added after all have got their names");
  std::string text = render(std::string(own_name));
  const auto [known, is_new] = functions_by_text_.try_emplace(wanted_name + "\n" + text, functions_.size());
  if (is_new) functions_.push_back({wanted_name, std::move(text)});
  return fmt::format("@function {}@", known->second);
}

std::string Emitter::named(const std::string& text) {
  name_functions();
  return with_names(text, function_names_);
}

std::vector<std::string> Emitter::functions() {
  name_functions();
  std::vector<std::string> texts;
  for (size_t i = 0; i < functions_.size(); ++i) {
    std::string text = with_names(functions_[i].text, function_names_);
    for (size_t at = 0; (at = text.find(own_name, at)) != std::string::npos; at += function_names_[i].size())
      text.replace(at, own_name.size(), function_names_[i]);
    texts.push_back(std::move(text));
  }
  return texts;
}

void Emitter::name_functions() {
  if (!function_names_.empty()) return;
  // By what they do: a text names the functions that it calls by their wanted names, and those by their own texts.
  std::vector<std::string> structures;
  std::vector<Named> functions;
  for (const Function& function : functions_) {
    structures.push_back(content_hash(with_names(function.text, structures)));
    functions.push_back({function.wanted_name, {}, {structures.back()}});
  }
  function_names_ = names_apart(functions, taken_);
}

std::string Emitter::pointer(const View& view) const {
  return offset_expression(view.buffer ? pointer(view.buffer) : pointer(view.weight), view.offset);
}
std::string Emitter::pointer(WeightId weight) const {
  if (program[weight].data.elements() == 0 && !program[weight].whole) return "nullptr";  // no array holds nothing
  if (program[weight].whole) return offset_expression(pointer(program[weight].whole), program[weight].offset);
  require(listed_weights_[weight.index()], "a kernel reads a weight that its step does not list");
  if (uses) uses->weights[weight.index()] = true;
  return weights_[weight.index()];
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

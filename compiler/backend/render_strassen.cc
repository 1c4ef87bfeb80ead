// 1x1 convolution by Strassen's algorithm:
// the additions around the products, and the function that drives them over pairs of pixels.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/emitter.h"
#include "backend/point_products.h"
#include "backend/template.h"
#include "ir/panels.h"
#include "ir/strassen.h"

namespace intaglio {

namespace {

std::string input_function(Emitter& emitter, const StrassenStep& kernel) {
  const int64_t half_blocks = kernel.x.blocks() / 2;
  return emitter.function(fmt::format("strassen_input_{}", shape_name(kernel.x)), [&](const std::string& name) {
    return render_template("kernels/strassen_input.cpp.tmpl",
                           TemplateValues()
                               .set("name", name)
                               .set("inputs", kernel.x.channels())
                               .set("products", strassen_products)
                               .set("half", kernel.x.channels() / 2)
                               .set("x_block_stride", kernel.x.block_stride)
                               .set("x_half", half_blocks * kernel.x.block_stride)
                               .set("v_stride", strassen_product_stride(kernel, half_blocks)));
  });
}

std::string output_function(Emitter& emitter, const StrassenStep& kernel) {
  const int64_t half_blocks = kernel.y.blocks() / 2;
  std::string wanted = fmt::format("strassen_output_{}", shape_name(kernel.y));
  wanted += epilogue_suffix(kernel.epilogue);
  auto stored = [&](const char* value, const char* pixel, bool second_half) {
    std::string residual;
    if (kernel.residual) {
      const int64_t stride = kernel.residual->block_stride;
      residual = second_half
                     ? fmt::format("f32x8_load({}_residual + {} + block * {})", pixel, half_blocks * stride, stride)
                     : fmt::format("f32x8_load({}_residual + block * {})", pixel, stride);
    }
    return epilogue_expression(emitter, kernel.epilogue, value, residual);
  };
  return emitter.function(wanted, [&](const std::string& name) {
    return render_template("kernels/strassen_output.cpp.tmpl",
                           TemplateValues()
                               .set("name", name)
                               .set("stored", epilogue_expression(emitter, kernel.epilogue, "sum", "residual"))
                               .flag("residual", kernel.residual.has_value())
                               .set("half", half_blocks * lanes_per_block)
                               .set("m_stride", strassen_product_stride(kernel, half_blocks))
                               .set("y_block_stride", kernel.y.block_stride)
                               .set("y_half", half_blocks * kernel.y.block_stride)
                               .set("stored_c11", stored("c11", "upper", false))
                               .set("stored_c12", stored("c12", "upper", true))
                               .set("stored_c21", stored("c21", "lower", false))
                               .set("stored_c22", stored("c22", "lower", true)));
  });
}

std::string products_function(Emitter& emitter, const StrassenStep& kernel, int64_t pairs) {
  const int64_t input_blocks = kernel.x.blocks() / 2, output_blocks = kernel.y.blocks() / 2;
  return point_products(emitter, {.name = "strassen_products",
                                  .points = strassen_products,
                                  .tiles = pairs,
                                  .segments = {input_blocks * lanes_per_block},
                                  .output_blocks = output_blocks,
                                  .tile = kernel.tile,
                                  .reduction_block = kernel.reduction_block,
                                  .weights_stride = input_blocks * output_blocks * lanes_per_block * lanes_per_block,
                                  .v_stride = strassen_product_stride(kernel, input_blocks),
                                  .m_stride = strassen_product_stride(kernel, output_blocks)});
}

}  // namespace

std::string render(const StrassenStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const int64_t input_blocks = x.blocks() / 2, output_blocks = y.blocks() / 2, rest = kernel.pairs % kernel.tiles;
  const std::string input = input_function(emitter, kernel), output = output_function(emitter, kernel),
                    products = products_function(emitter, kernel, kernel.tiles),
                    rest_products = rest > 0 ? products_function(emitter, kernel, rest) : "";
  // The border is cleared by the part that has the first pairs.
  const std::string clear =
      kernel.first == 0 ? clear_border_statement(y, fmt::format("y + image * {}", y.image_stride)) : "";
  std::string wanted = fmt::format("strassen_{}_to_{}", shape_name(x), shape_name(y));
  wanted += epilogue_suffix(kernel.epilogue);
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template("kernels/strassen.cpp.tmpl",
                           TemplateValues()
                               .set("comment", fmt::format("Convolution 1x1: {} -> {}.", shape_name(x), shape_name(y)))
                               .set("products_count", strassen_products)
                               .set("name", function)
                               .flag("residual", kernel.residual.has_value())
                               .flag("no_residual", !kernel.residual)
                               .set("batch", y.batch)
                               .set("width", y.width)
                               .set("pixels", y.height * y.width)
                               .set("all_pairs", (y.height * y.width + 1) / 2)
                               .set("first", kernel.first)
                               .set("end", kernel.first + kernel.pairs)
                               .set("tiles", kernel.tiles)
                               .set("m_offset", strassen_products * strassen_product_stride(kernel, input_blocks))
                               .flag("border", !clear.empty())
                               .set("clear", clear)
                               .set("input", input)
                               .set("v_pair_stride", input_blocks * lanes_per_block)
                               .flag("rest", rest > 0)
                               .flag("no_rest", rest == 0)
                               .set("products", products)
                               .set("rest_products", rest_products)
                               .set("output", output)
                               .set("group", kernel.addition_blocks)
                               .set("input_blocks", input_blocks)
                               .set("output_blocks", output_blocks)
                               .set("x_block_stride", x.block_stride)
                               .set("y_block_stride", y.block_stride)
                               .set("residual_block_stride", kernel.residual ? kernel.residual->block_stride : 0)
                               .set("m_pair_stride", output_blocks * lanes_per_block)
                               .set("x_image_stride", x.image_stride)
                               .set("x_row_stride", x.row_stride)
                               .set("x_pixel_stride", x.pixel_stride)
                               .set("y_image_stride", y.image_stride)
                               .set("y_row_stride", y.row_stride)
                               .set("y_pixel_stride", y.pixel_stride)
                               .set("residual_image_stride", kernel.residual ? kernel.residual->image_stride : 0)
                               .set("residual_row_stride", kernel.residual ? kernel.residual->row_stride : 0)
                               .set("residual_pixel_stride", kernel.residual ? kernel.residual->pixel_stride : 0));
  });
  std::string arguments =
      fmt::format("{}, {}, {}", emitter.pointer(x), emitter.pointer(kernel.weights), emitter.pointer(kernel.bias));
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {}, {});", name, arguments, emitter.pointer(y), emitter.pointer(kernel.scratch));
}

}  // namespace intaglio

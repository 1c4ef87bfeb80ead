// Float32 elementary functions of strict numerics: the runtime's own, evaluated one element at a time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

namespace intaglio::interpreter {

float strict_exp(float x);
float strict_log(float x);
float strict_pow(float x, float y);

}  // namespace intaglio::interpreter

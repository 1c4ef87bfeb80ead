// One form for products with a constant matrix: Gemm with rows of weights per output.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/graph.h"

namespace intaglio {

// MatMul(x [M,K], constant [K,N])           ->   Gemm(x, constant)
// Gemm with a constant b                    ->   b stored as [N,K] (trans_b), alpha multiplied into it
// Gemm with a constant c                    ->   beta multiplied into it
// Gemm with a constant a and trans_a        ->   a stored transposed
//
// Refuses ranks other than 2 and operands that are not constant.
// Why here: before the folds, so that they and the kernels meet one form.
bool normalise_gemm(Graph& graph);

}  // namespace intaglio

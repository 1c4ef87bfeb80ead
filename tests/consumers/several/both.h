// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
/// Runs both networks on zeros in the shared library; 0 when they ran.
__attribute__((visibility("default"))) int run_both();

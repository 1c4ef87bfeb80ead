// Reads handwritten digits with the network that Intaglio generated from digits.onnx, and compares with what PyTorch read.
// Plain C++11 without any library of Intaglio's: everything about the network is in digits.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>

#include "digits.h"
#include "held_out_digits.h"

DIGITS_ARENA(arena);  // all the memory the network works in; the caller decides where it lives

// The digit with the highest score, or -1 when the network refuses to run.
static int read_digit(const uint8_t* pixels) {
  float image[DIGITS_INPUT_IMAGE_ELEMENTS], scores[DIGITS_OUTPUT_SCORES_ELEMENTS];
  for (unsigned i = 0; i < DIGITS_INPUT_IMAGE_ELEMENTS; ++i) {
    image[i] = static_cast<float>(pixels[i]) / HELD_OUT_LARGEST_PIXEL;
  }
  digits_memory memory = {arena, nullptr};
  digits_io io = {image, scores};
  if (digits_run(&memory, &io) != DIGITS_OK) return -1;
  int best = 0;
  for (int digit = 1; digit < static_cast<int>(DIGITS_OUTPUT_SCORES_ELEMENTS); ++digit) {
    if (scores[digit] > scores[best]) best = digit;
  }
  return best;
}

// Some digits side by side as text, and below each what the network reads and what was written.
static void show(int first, int count) {
  static const char ink[] = " .:-=+*#%@";
  for (int row = 0; row < 8; ++row) {
    for (int i = first; i < first + count; ++i) {
      for (int column = 0; column < 8; ++column) {
        const char c = ink[held_out_images[i][8 * row + column] * 9 / HELD_OUT_LARGEST_PIXEL];
        std::printf("%c%c", c, c);
      }
      std::printf("  ");
    }
    std::printf("\n");
  }
  for (int i = first; i < first + count; ++i) {
    std::printf(" read %d, is %d    ", read_digit(held_out_images[i]), held_out_labels[i]);
  }
  std::printf("\n\n");
}

int main() {
  show(0, 4);
  show(4, 4);
  int correct = 0, as_pytorch = 0;
  for (int i = 0; i < HELD_OUT_DIGITS; ++i) {
    const int digit = read_digit(held_out_images[i]);
    if (digit == held_out_labels[i]) ++correct;
    if (digit == held_out_pytorch[i]) ++as_pytorch;
  }
  std::printf("generated code: %d of %d held-out digits right (%.1f %%)\n", correct, HELD_OUT_DIGITS,
              100.0 * correct / HELD_OUT_DIGITS);
  std::printf("PyTorch:        %d of %d (%.1f %%); the same answer on %d of %d\n", HELD_OUT_PYTORCH_CORRECT,
              HELD_OUT_DIGITS, 100.0 * HELD_OUT_PYTORCH_CORRECT / HELD_OUT_DIGITS, as_pytorch, HELD_OUT_DIGITS);
  return as_pytorch == HELD_OUT_DIGITS ? 0 : 1;
}

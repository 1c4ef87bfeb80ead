#!/usr/bin/env python3
# Trains a small GhostNet on scikit-learn's handwritten digits (8x8 images) and writes what the quickstart compiles:
#   digits.onnx         the network, input "image" float[1,1,8,8] in 0..1, output "scores" float[1,10]
#   held_out_digits.h   images it has never seen, their labels, and what PyTorch answers
#   expected.txt        PyTorch's accuracy on them, and its scores for the first
# The three files are committed; this script needs torch, onnx, onnxscript and scikit-learn only to make them again.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import os
import sys

import numpy as np
import onnx
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn import functional

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "export"))

import onnx_file  # noqa: E402  (found through the line above)
from networks.ghostnet import GhostNet  # noqa: E402

SEED = 1
EPOCHS = 60
HELD_OUT = 360
LARGEST_PIXEL = 16

# Kernel, expanded channels, outputs, squeeze ratio, stride.
STAGES = (
    ((3, 24, 16, 0, 1),),
    ((3, 48, 24, 0.25, 2),),
    ((3, 72, 24, 0.25, 1),),
    ((3, 72, 36, 0.25, 2),),
)


def shifted(images, generator):
    """Each batch moved by up to one pixel, the classic way to have more handwriting."""
    down, right = torch.randint(-1, 2, (2,), generator=generator).tolist()
    padded = functional.pad(images, (1, 1, 1, 1))
    return padded[:, :, 1 + down:9 + down, 1 + right:9 + right]


def train(images, labels):
    generator = torch.Generator().manual_seed(SEED)
    torch.manual_seed(SEED)
    model = GhostNet(stages=STAGES, stem=16, head=64, classes=10, inputs=1, stem_stride=1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-2)
    batch = 64
    steps = EPOCHS * (len(images) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(images), generator=generator)
        for first in range(0, len(images) - batch + 1, batch):
            chosen = order[first:first + batch]
            loss = functional.cross_entropy(model(shifted(images[chosen], generator)), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def header(pixels, labels, predictions):
    """The held-out digits as a C header without dependencies."""
    correct = int((labels == predictions).sum())

    def rows(values, per_line):
        lines = (values[first:first + per_line] for first in range(0, len(values), per_line))
        return "\n".join("    " + ", ".join(map(str, line)) + "," for line in lines)

    images = "\n".join("    {" + ", ".join(map(str, image)) + "}," for image in pixels)
    return f"""/* {len(labels)} handwritten digits that digits.onnx has not seen in training: made by train.py.
   Source: Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, UCI), as scikit-learn ships it.
   SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef HELD_OUT_DIGITS_H
#define HELD_OUT_DIGITS_H

#include <stdint.h>

#define HELD_OUT_DIGITS {len(labels)}
#define HELD_OUT_LARGEST_PIXEL {LARGEST_PIXEL} /* the network's input is pixel / {LARGEST_PIXEL} */
#define HELD_OUT_PYTORCH_CORRECT {correct}

/* 8x8 pixels, row by row, 0 (paper) to {LARGEST_PIXEL} (ink). */
static const uint8_t held_out_images[HELD_OUT_DIGITS][64] = {{
{images}
}};

/* The digit that was written. */
static const uint8_t held_out_labels[HELD_OUT_DIGITS] = {{
{rows(labels.tolist(), 36)}
}};

/* The digit that PyTorch reads. */
static const uint8_t held_out_pytorch[HELD_OUT_DIGITS] = {{
{rows(predictions.tolist(), 36)}
}};

#endif
"""


def main():
    torch.set_num_threads(1)
    digits = load_digits()
    split = train_test_split(digits.images.astype(np.uint8), digits.target, test_size=HELD_OUT, random_state=SEED,
                             stratify=digits.target)
    train_pixels, test_pixels, train_labels, test_labels = split

    def images(pixels):
        return torch.from_numpy(pixels[:, None].astype(np.float32) / LARGEST_PIXEL)

    model = train(images(train_pixels), torch.from_numpy(train_labels))
    with torch.no_grad():
        scores = model(images(test_pixels))
    predictions = scores.argmax(1).numpy()
    correct = int((predictions == test_labels).sum())

    exported = onnx_file.export(model, images(test_pixels[:1]), "dy", names=("image", "scores"))
    onnx.save(exported, os.path.join(HERE, "digits.onnx"))
    with open(os.path.join(HERE, "held_out_digits.h"), "w", encoding="ascii") as file:
        file.write(header(test_pixels.reshape(-1, 64).tolist(), test_labels, predictions))
    accuracy = f"{correct} of {HELD_OUT} held-out digits ({100 * correct / HELD_OUT:.1f} %)"
    with open(os.path.join(HERE, "expected.txt"), "w", encoding="ascii") as file:
        file.write(f"PyTorch reads {accuracy}\n")
        file.write("scores of the first: " + " ".join(f"{score:.4f}" for score in scores[0].tolist()) + "\n")
    print(f"PyTorch reads {accuracy}; digits.onnx has {exported.ByteSize() / 1024:.0f} KiB")


if __name__ == "__main__":
    main()

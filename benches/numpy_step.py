"""Milliseconds a training step of the quickstart in hand-written NumPy, on whatever BLAS NumPy brings (OpenBLAS).

    python3 benches/numpy_step.py BATCH HIDDEN STEPS REPEATS

The yardstick for `cargo xtask bench`: the same model (784, hidden, relu, dropout 0.2, 10), batch and optimiser, written as an
expert would: float32 throughout, buffers made once, every operation in place, one flat buffer for Adam. Data do not
matter to dense kernels, so the images are random.
"""

import json
import sys
import time

import numpy as np

batch, hidden, steps, repeats = (int(argument) for argument in sys.argv[1:])
rng = np.random.default_rng(0)
images = rng.random((4096, 784), dtype=np.float32)
labels = rng.integers(0, 10, 4096)

sizes = [784 * hidden, hidden, hidden * 10, 10]
count = sum(sizes)
parameters, gradients, m, v, scratch, update = (np.zeros(count, np.float32) for _ in range(6))


def views(flat):
    w1, b1, w2, b2 = np.split(flat, np.cumsum(sizes)[:-1])
    return w1.reshape(784, hidden), b1, w2.reshape(hidden, 10), b2


w1, b1, w2, b2 = views(parameters)
dw1, db1, dw2, db2 = views(gradients)
w1[:] = rng.uniform(-1, 1, w1.shape) * np.sqrt(6 / (784 + hidden))
w2[:] = rng.uniform(-1, 1, w2.shape) * np.sqrt(6 / (hidden + 10))

x = np.empty((batch, 784), np.float32)
y, dz, uniform = (np.empty((batch, hidden), np.float32) for _ in range(3))
logits = np.empty((batch, 10), np.float32)
keep = np.empty((batch, hidden), bool)
rows = np.arange(batch)
learning_rate, beta1, beta2, epsilon = 1e-3, 0.9, 0.999, 1e-7
t = 0


def step():
    global t
    t += 1
    chosen = rng.integers(0, len(images), batch)
    np.take(images, chosen, axis=0, out=x)
    target = labels[chosen]
    # Forward.
    np.matmul(x, w1, out=y)
    np.add(y, b1, out=y)
    np.maximum(y, 0, out=y)
    rng.random(out=uniform, dtype=np.float32)
    np.greater_equal(uniform, 0.2, out=keep)
    np.multiply(y, keep, out=y)
    np.multiply(y, np.float32(1 / 0.8), out=y)
    np.matmul(y, w2, out=logits)
    np.add(logits, b2, out=logits)
    # Softmax cross-entropy, and its gradient in place.
    np.subtract(logits, logits.max(axis=1, keepdims=True), out=logits)
    picked = logits[rows, target].copy()
    np.exp(logits, out=logits)
    total = logits.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - picked).mean()
    np.divide(logits, total, out=logits)
    logits[rows, target] -= 1
    np.divide(logits, np.float32(batch), out=logits)
    # Backward.
    np.matmul(logits, w2.T, out=dz)
    np.greater(y, 0, out=keep)
    np.multiply(dz, keep, out=dz)
    np.multiply(dz, np.float32(1 / 0.8), out=dz)
    np.matmul(y.T, logits, out=dw2)
    np.sum(logits, axis=0, out=db2)
    np.matmul(x.T, dz, out=dw1)
    np.sum(dz, axis=0, out=db1)
    # Adam.
    rate = np.float32(learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t))
    np.subtract(gradients, m, out=scratch)
    np.multiply(scratch, np.float32(1 - beta1), out=scratch)
    np.add(m, scratch, out=m)
    np.multiply(gradients, gradients, out=scratch)
    np.subtract(scratch, v, out=scratch)
    np.multiply(scratch, np.float32(1 - beta2), out=scratch)
    np.add(v, scratch, out=v)
    np.sqrt(v, out=scratch)
    np.add(scratch, np.float32(epsilon), out=scratch)
    np.divide(m, scratch, out=update)
    np.multiply(update, rate, out=update)
    np.subtract(parameters, update, out=parameters)
    return loss


for _ in range(steps):
    step()
times = []
for _ in range(repeats):
    start = time.perf_counter()
    for _ in range(steps):
        step()
    times.append((time.perf_counter() - start) * 1e3 / steps)
print(json.dumps({"backend": "numpy", "batch": batch, "hidden": hidden, "steps": steps, "ms_per_step": times}))

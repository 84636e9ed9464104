"""Milliseconds a training step of the quickstart in JAX on the processor, as fast as JAX lets us.

    python3 benches/jax_step.py BATCH HIDDEN STEPS REPEATS

The yardstick for `cargo xtask bench`: the same model (784, hidden, relu, dropout 0.2, 10), batch and optimiser (Adam with Keras's
constants, written out), compiled by XLA. It trains on random images of MNIST's shape and darkness, for data do not matter to dense
kernels. XLA takes as many threads as there are processors that it may run on: `taskset --cpu-list 0` leaves it one.

What was tried, with jax 0.10.2, in turns on one thread of a busy machine: processor time of a step, medians of 25 turns. What stands below is
the first.

- 0.284 ms: the dataset stays in u8 on the device; each step gathers its rows and scales them; 125 steps a call by `lax.scan` with a
  donated state; dropout by `bernoulli` under threefry. (Batches of a call gathered by NumPy beforehand and handed in: 0.274, without the
  time that NumPy takes.)
- 0.301: the dataset in f32. 0.293: 25 steps a call. 0.285: 1,000. 0.301: unrolled by 5. 0.292: the loss by one-hot labels.
- 0.285, 0.284: dropout by `bits` of 8 or 16 compared with a threshold. 0.344: under unsafe_rbg.

The products' precision is f32 by default on a processor, and there is no faster one.
"""

import json
import sys
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

batch, hidden, steps, repeats = (int(argument) for argument in sys.argv[1:])
STEPS_PER_CALL = 125
learning_rate, beta1, beta2, epsilon = 1e-3, 0.9, 0.999, 1e-7

rng = np.random.default_rng(0)
COUNT = 60_000
images = np.where(rng.random((COUNT, 784)) < 0.19, rng.integers(1, 256, (COUNT, 784)), 0)
images = jnp.asarray(images.astype(np.uint8))
labels = jnp.asarray(rng.integers(0, 10, COUNT).astype(np.int32))


def glorot(fan_in, fan_out):
    limit = np.sqrt(6 / (fan_in + fan_out))
    return jnp.asarray(rng.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32))


def forward_loss(parameters, x, target, keep):
    w1, b1, w2, b2 = parameters
    y = jax.nn.relu(x @ w1 + b1)
    y = jnp.where(keep, y * np.float32(1 / 0.8), 0)
    logits = y @ w2 + b2
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), target[:, None], axis=1).mean()


@partial(jax.jit, donate_argnums=0)
def train(state, images, labels, order):
    def step(state, rows):
        parameters, m, v, t, key = state
        t = t + 1
        x = images[rows].astype(jnp.float32) * np.float32(1 / 255)
        keep = jax.random.bernoulli(jax.random.fold_in(key, t), 0.8, (batch, hidden))
        loss, gradients = jax.value_and_grad(forward_loss)(parameters, x, labels[rows], keep)
        time = t.astype(jnp.float32)
        rate = learning_rate * jnp.sqrt(1 - beta2**time) / (1 - beta1**time)
        m = [m + (g - m) * np.float32(1 - beta1) for m, g in zip(m, gradients)]
        v = [v + (g * g - v) * np.float32(1 - beta2) for v, g in zip(v, gradients)]
        update = zip(parameters, m, v)
        parameters = [w - rate * m / (jnp.sqrt(v) + np.float32(epsilon)) for w, m, v in update]
        return (parameters, m, v, t, key), loss

    return jax.lax.scan(step, state, order)


parameters = [glorot(784, hidden), jnp.zeros(hidden), glorot(hidden, 10), jnp.zeros(10)]
m, v = ([jnp.zeros_like(w) for w in parameters] for _ in range(2))
state = parameters, m, v, jnp.int32(0), jax.random.key(0)
calls = max(1, round(steps / STEPS_PER_CALL))
size = (calls, STEPS_PER_CALL, batch)
orders = jnp.asarray(rng.integers(0, COUNT, size).astype(np.int32))


def run(state):
    for order in orders:
        state, losses = train(state, images, labels, order)
    return jax.block_until_ready((state, losses))


state, first = run(state)
times = []
for _ in range(repeats):
    start = time.perf_counter()
    state, losses = run(state)
    times.append((time.perf_counter() - start) * 1e3 / (calls * STEPS_PER_CALL))
assert np.isfinite(losses).all(), "the training diverged"
print(json.dumps({"backend": "jax", "batch": batch, "hidden": hidden, "steps": calls * STEPS_PER_CALL, "ms_per_step": times}))

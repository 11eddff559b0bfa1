"""A trained policy as an ONNX file, which other programs and languages can run."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from a2c.config import Configuration
from a2c.core.layout import MOMENTS
from a2c.envs import Facts
from a2c.learn.normalization import EPSILON, LIMIT
from a2c.runs.files import write_bytes

Floats = NDArray[np.float32]

OPSET, IR = 17, 8  # versions that runtimes since 2022 read
INPUT, POLICY, VALUE = "observation", "policy", "value"


def write_onnx(
    path: Path, configuration: Configuration, facts: Facts, weights: Mapping[str, Floats], seed: int
) -> Path:
    """Write the network of a policy; returns `path`. OSError if it cannot be written."""
    content = onnx_model(configuration, facts, weights, seed).SerializeToString(deterministic=True)
    write_bytes(path, content)
    return path


def onnx_model(configuration: Configuration, facts: Facts, weights: Mapping[str, Floats], seed: int) -> onnx.ModelProto:
    """Input `observation`, [batch, numbers] in float32 or [batch, channels, height, width] in uint8.

    Outputs `policy`, [batch, width], and `value`, [batch]: what `TrainedPolicy.outputs` gives.
    """
    graph = _Graph("Relu" if configuration.activation == "relu" else "Tanh")
    images = configuration.network == "cnn"
    seen = graph.convolved(INPUT, weights) if images else INPUT
    if configuration.normalize_observations:
        seen = graph.normalised(seen, weights)
    policy, value = _heads(graph, seen, weights, configuration.shared_trunk)
    graph.add("Identity", policy, out=POLICY)
    graph.add("Squeeze", value, graph.constant("axes", np.array([1], np.int64)), out=VALUE)
    kind = TensorProto.UINT8 if images else TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info(INPUT, kind, ["batch", *facts.observation_shape])]
    shapes: dict[str, list[str | int | None]] = {POLICY: ["batch", facts.action_space.width], VALUE: ["batch"]}
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    made = helper.make_graph(graph.nodes, configuration.name, inputs, outputs, graph.constants)
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(made, producer_name="a2c-bench", ir_version=IR, opset_imports=opset)
    helper.set_model_props(
        model,
        {
            "environment": configuration.env_id,
            "configuration": configuration.canonical_json(),
            "seed": str(seed),
            "action": facts.action_space.kind,
        },
    )
    return model


class _Graph:
    """Nodes and constants in the order in which they were added."""

    def __init__(self, activation: str) -> None:
        self.activation = activation
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, operation: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its output."""
        out = out or f"{operation.lower()}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [out], **attributes))
        return out

    def dense(self, x: str, name: str, weight: Floats, bias: Floats) -> str:
        """x weight + bias; `weight`: [inputs, outputs]."""
        return self.add("Gemm", x, self.constant(f"{name}.weight", weight), self.constant(f"{name}.bias", bias.ravel()))

    def normalised(self, x: str, weights: Mapping[str, Floats]) -> str:
        """The observations less their mean, over their deviation, within the limits."""
        mean, variance = (weights[name] for name in MOMENTS)
        deviation = np.sqrt(variance.astype(np.float64) + EPSILON).astype(np.float32)
        centred = self.add("Sub", x, self.constant(MOMENTS[0], mean))
        scaled = self.add("Div", centred, self.constant("observations.deviation", deviation))
        bounds = (
            self.constant(name, np.array(bound, np.float32)) for name, bound in (("least", -LIMIT), ("most", LIMIT))
        )
        return self.add("Clip", scaled, *bounds)

    def convolved(self, images: str, weights: Mapping[str, Floats]) -> str:
        """Activations after the convolutions, [batch, numbers], channels last."""
        from a2c.learn.networks.cnn import STRIDES  # imported here, as it imports PyTorch

        floats = self.add("Cast", images, to=TensorProto.FLOAT)
        x = self.add("Div", floats, self.constant("white", np.array(255, np.float32)))
        for number, stride in enumerate(STRIDES):
            weight = self.constant(f"conv.{number}.weight", weights[f"conv.{number}.weight"].transpose(0, 3, 1, 2))
            bias = self.constant(f"conv.{number}.bias", weights[f"conv.{number}.bias"])
            x = self.add(self.activation, self.add("Conv", x, weight, bias, strides=[stride, stride]))
        return self.add("Flatten", self.add("Transpose", x, perm=[0, 2, 3, 1]), axis=1)


def _heads(graph: _Graph, seen: str, weights: Mapping[str, Floats], shared: bool) -> tuple[str, str]:
    """The outputs of the policy, and the values as [batch, 1]."""
    x, head = _hidden(graph, seen, weights, "shared" if shared else "policy")
    weight, bias = weights[f"{head}.weight"], weights[f"{head}.bias"]
    if shared:
        value_x, value_weight, value_bias = x, weight[:, -1:], bias[:, -1:]
        weight, bias = weight[:, :-1], bias[:, :-1]
    else:
        value_x, head = _hidden(graph, seen, weights, "value")
        value_weight, value_bias = weights[f"{head}.weight"], weights[f"{head}.bias"]
    constants = weights.get("log_std", np.empty((1, 0), np.float32))  # outputs that no observation changes
    weight = np.pad(weight, ((0, 0), (0, constants.size)))
    policy = graph.dense(x, "policy.head", weight, np.concatenate([bias, constants], axis=1))
    return policy, graph.dense(value_x, "value.head", value_weight, value_bias)


def _hidden(graph: _Graph, x: str, weights: Mapping[str, Floats], column: str) -> tuple[str, str]:
    """The activations before a column's last layer, and the name of that layer."""
    last = next(number for number in count() if f"{column}.{number + 1}.weight" not in weights)
    for number in range(last):
        name = f"{column}.{number}"
        x = graph.add(graph.activation, graph.dense(x, name, weights[f"{name}.weight"], weights[f"{name}.bias"]))
    return x, f"{column}.{last}"

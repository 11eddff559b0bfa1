"""A trained policy for use in other programs: actions for observations, a PyTorch module, an ONNX file."""

from a2c.policy.trained import Outputs, TrainedPolicy

__all__ = ["Outputs", "TrainedPolicy"]

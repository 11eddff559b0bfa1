"""CUDA graphs: work that is recorded once and then started by a single call, with all of its kernels."""

from collections.abc import Callable

import torch

WARM_UPS = 3  # before a capture: libraries choose their kernels and take their workspaces


def captured(work: Callable[[], None], device: torch.device) -> Callable[[], None]:
    """`work` as a CUDA graph; on the CPU, `work` itself.

    `work` is called a few times first. It must read and write tensors that stay where they are, and never wait for the
    device. The kernels are the same with and without a graph, and so are the bits.
    """
    if device.type == "cpu":
        return work
    stream = torch.cuda.Stream(device)
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        for _ in range(WARM_UPS):
            work()
    torch.cuda.current_stream(device).wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        work()
    return graph.replay

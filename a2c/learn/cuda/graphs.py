"""CUDA graphs: work that is recorded once and then started by a single call, with all of its kernels."""

from collections.abc import Callable, Sequence

import torch

WARM_UPS = 3  # before a capture: libraries choose their kernels and take their workspaces

Work = Callable[[], None]


def captured(works: Sequence[Work], device: torch.device) -> Work:
    """Pieces of work, none of which needs another, as one CUDA graph that does them side by side.

    Each is called a few times first. It must read and write tensors that stay where they are, and never wait for the
    device. The kernels are the same with and without a graph, and so are the bits. On the CPU the pieces are done one
    after the other.
    """

    def do_all() -> None:
        for work in works:
            work()

    if device.type == "cpu":
        return do_all
    main, *others = streams = [torch.cuda.Stream(device) for _ in works]

    def do_side_by_side() -> None:
        for stream in others:
            stream.wait_stream(main)
        for stream, work in zip(streams, works, strict=True):
            with torch.cuda.stream(stream):
                work()
        for stream in others:
            main.wait_stream(stream)

    main.wait_stream(torch.cuda.current_stream(device))
    for _ in range(WARM_UPS):
        do_side_by_side()
    torch.cuda.current_stream(device).wait_stream(main)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=main):
        do_side_by_side()
    return graph.replay

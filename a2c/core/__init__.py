"""The native core: networks, losses, optimisers and classic environments in C, with the same bits on every machine."""

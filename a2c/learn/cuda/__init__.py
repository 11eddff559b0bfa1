"""Lanes on a GPU: each has kernels of its own, so that its bits do not depend on the lanes beside it."""

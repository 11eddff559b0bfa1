"""Gradient studies: bias and variance of policy gradient estimators at frozen policies (docs/gradients.md)."""

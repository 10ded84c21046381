"""Comparison with PyTorch, through its own database of operators and sample inputs."""

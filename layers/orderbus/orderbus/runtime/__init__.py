"""The one place that wires use cases to AWS and providers, and the doors that the functions open."""

"""A small Kubernetes API in memory, for the demo and quick tests, and a real one from a folder.

Serves what kubectl, kopf and the operator ask of it; it is no reference for what a cluster does.
"""

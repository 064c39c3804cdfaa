"""A small Azure and a small Kubernetes API for demo and tests.

They share no code with what they judge.
"""

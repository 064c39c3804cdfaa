"""What the operator costs in time, calls and memory: `python -m tests.bench`, no timed tests."""

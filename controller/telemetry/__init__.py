"""What the operator shows of itself: metrics, traces, readiness."""

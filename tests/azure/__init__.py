"""The Azure edge at its HTTP boundary."""

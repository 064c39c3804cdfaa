"""What differs and what follows from it. I/O only through the ports of `model.resource`."""

"""What differs and what follows from it, on a fake port."""

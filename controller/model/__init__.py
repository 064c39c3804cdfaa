"""The words: spec, resources and kinds, reasons, faults. No I/O, no decisions."""

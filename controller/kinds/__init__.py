"""What Azure should hold: pure, one file a resource kind, each exporting KIND."""

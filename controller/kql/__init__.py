"""THE KQL EDGE: Kusto's own language service, in a child process that ends when idle."""

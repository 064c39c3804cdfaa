"""The Kubernetes edge: watch, queue, status. kopf lives here only."""

"""A small Kubernetes API in memory, for the demo and quick tests, and a real one from a folder.

Serves what kubectl, kopf and the operator ask of it; it is no reference for what a cluster does.
Not imitated: users and RBAC, admission plugins and webhooks, pods and workloads, garbage collection
by owner references, conversion between versions, ratcheting, CEL cost limits and optionalOldSelf,
YAML bodies, protobuf but for what `kubectl create` sends, deletion of collections, a list that
continues on the snapshot of its first page.
"""

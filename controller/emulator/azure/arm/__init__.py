"""Azure Resource Manager: routing, and one module a group of resource types."""

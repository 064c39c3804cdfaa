"""The ContosoConnector operator: Microsoft Sentinel push connectors as Kubernetes objects."""

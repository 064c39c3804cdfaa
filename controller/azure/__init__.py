"""The Azure edge: tokens, ARM, Log Analytics.

httpx, azure-identity and azure-mgmt-resource live here only.
"""

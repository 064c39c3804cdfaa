"""A small Azure on loopback for tests, benches and the demo; imports nothing of the operator."""

from controller.emulator.azure.faults import Fault, Request
from controller.emulator.azure.options import Options
from controller.emulator.azure.server import AzureEmulator
from controller.emulator.azure.store import WalkThrough

__all__ = ["AzureEmulator", "Fault", "Options", "Request", "WalkThrough"]

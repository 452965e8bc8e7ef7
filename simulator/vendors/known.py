"""The vendors there are, by the name an application writes."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.vendors.elevenlabs.task import ElevenLabs
from simulator.vendors.openai.task import Microsoft, OpenAI
from simulator.vendors.vendor import Vendor

VENDORS: Mapping[str, Vendor] = {vendor.name: vendor for vendor in (OpenAI(), Microsoft(), ElevenLabs())}

"""The account that applications belong to, and how they get at the REST API: its address, their key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SID = "5c2f6e0a-8d41-4b7e-9a63-0f1d2b3c4e5f"
APPLICATION_SID = "a7d3e9b1-2c54-4f86-8b0e-6d9c1a2f3e47"
KEY = "7be1c0de-51f0-4c1e-9d2a-3b4c5d6e7f80"
BASE_URL = "https://api.jambonz.cloud"

ADDRESSES = ("JAMBONZ_REST_API_BASE_URL", "JAMBONZ_BASE_URL")
"""Both names are in use: the first in applications made with create-jambonz-ws-app, the second in the examples of @jambonz/sdk."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account with one application. The same in every call, as on a real server: applications read it once, when they start."""

    sid: str = SID
    application_sid: str = APPLICATION_SID
    key: str = KEY
    base_url: str = BASE_URL
    """Where the REST API is, without its `/v1`."""

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Account:
        """What an application's environment says about it already is left as it is."""
        address = next((env[name] for name in ADDRESSES if env.get(name)), BASE_URL).rstrip("/").removesuffix("/v1")
        return cls(
            env.get("JAMBONZ_ACCOUNT_SID") or SID, env.get("JAMBONZ_APPLICATION_SID") or APPLICATION_SID, env.get("JAMBONZ_API_KEY") or KEY, address
        )

    @property
    def env(self) -> dict[str, str]:
        """The environment that tells an application all of it."""
        told = {"JAMBONZ_ACCOUNT_SID": self.sid, "JAMBONZ_APPLICATION_SID": self.application_sid, "JAMBONZ_API_KEY": self.key}
        return {**dict.fromkeys(ADDRESSES, self.base_url), **told}

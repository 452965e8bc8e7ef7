"""jambonz-sim: a jambonz feature server and an OpenAI Realtime server, simulated, for testing real voice applications."""

__version__ = "0.1.0"

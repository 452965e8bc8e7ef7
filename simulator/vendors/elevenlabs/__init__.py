"""ElevenLabs Agents: the task and media module of a feature server, and an agent at the far end."""

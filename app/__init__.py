"""A weather assistant on the telephone: a jambonz websocket application in front of OpenAI's Realtime API.

`python -m app` serves it; `app.server:create_app` is the application for whoever wants to serve it themselves.
What the assistant is and says is in `app/assistant.py`, the one file to edit.
"""

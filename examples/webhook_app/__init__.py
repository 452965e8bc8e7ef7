"""The weather assistant once more, asked by webhooks instead of a websocket."""

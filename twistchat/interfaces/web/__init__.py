"""The chat in a browser: a page, a WebSocket that it talks by, and figures, on one port."""

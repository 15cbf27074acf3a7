"""The terminal client: one person's side of the chat, over however many connections it takes."""

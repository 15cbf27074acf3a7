"""One file for each way into the chat; an interface only translates bytes. Interfaces never import each other."""

"""The /commands, by what they are about; `rows.py` lists them."""

"""People by SSH: `ssh ada@host` is in as ada. The connection is `interfaces/ssh/`'s, as the administrators' is."""

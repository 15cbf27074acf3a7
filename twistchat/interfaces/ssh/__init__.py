"""SSH for administrators: what conch leaves out or gets wrong, mended; parts of the admin interface."""

"""`twistchat export` and `twistchat import`: what was said out of the state folder, in several formats, and into it."""

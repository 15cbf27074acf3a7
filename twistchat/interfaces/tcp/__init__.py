"""Line chat over TCP, for telnet, nc and the threaded tutorial's own client."""

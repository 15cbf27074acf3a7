"""Makes `twistd twistchat` known to Twisted; the code itself is imported only when it is run."""

from twisted.application.service import ServiceMaker

twistchat = ServiceMaker(
    "twistchat", "twistchat.service", "A chat for browsers, telnet, nc and datagrams.", "twistchat"
)

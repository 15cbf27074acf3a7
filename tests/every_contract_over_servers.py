"""All interfaces over two servers, on a real Redis: `pytest -n 2 tests/every_contract_over_servers.py`.

It takes a minute and a half of a machine with two cores; three of the interfaces are in the suite
(`test_cluster_contract.py`).
"""

from __future__ import annotations

import test_contract as alone
from support.overservers import OverTwoServers
from test_cluster_contract import TestIrcOverServers, TestTcpOverServers, TestWebOverServers

__all__ = ["TestIrcOverServers", "TestTcpOverServers", "TestWebOverServers"]


class TestUdpOverServers(OverTwoServers, alone.TestUdp):
    pass


class TestUdpNumberedOverServers(OverTwoServers, alone.TestUdpNumbered):
    pass


class TestIrcByWebSocketOverServers(OverTwoServers, alone.TestIrcByWebSocket):
    pass


class TestSshOverServers(OverTwoServers, alone.TestSsh):
    pass

"""The contract of three interfaces where those whom somebody sees, and who see them, are at another server.

`pytest -n 2 tests/every_contract_over_servers.py` asks it of the others, for which the suite has no time.
"""

from __future__ import annotations

import test_contract as alone
from support.overservers import OverTwoServers


class TestTcpOverServers(OverTwoServers, alone.TestTcp):
    pass


class TestWebOverServers(OverTwoServers, alone.TestWeb):
    pass


class TestIrcOverServers(OverTwoServers, alone.TestIrc):
    pass

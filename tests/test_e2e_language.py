"""The whole server in a language: over TCP as over UDP, while the tutorial's own client goes on getting ASCII."""

from __future__ import annotations

import socket
from pathlib import Path

from support.patience import PATIENCE_SECONDS
from support.server import LineClient, Server
from support.tutorial import TutorialTcpClient


def test_a_server_in_taiwan_speaks_so_to_everybody_but_the_tutorials_client(tmp_path: Path) -> None:
    with (
        Server(tmp_path, "--language", "zh_TW.UTF-8") as server,
        LineClient(server) as ming,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
    ):
        ming.hears("NICKNAME")
        ming.says("小明")
        ming.hears("已連上伺服器！\r\n歡迎 小明 進入聊天室\r\n")
        udp.settimeout(PATIENCE_SECONDS)
        udp.connect(("127.0.0.1", server.port("udp")))
        udp.send("L 小明".encode())
        assert udp.recv(2000).decode().startswith("此暱稱已被使用")
        with TutorialTcpClient(server, "bob") as tutorial:
            tutorial.waits_for("Connected to server!")
            ming.hears("歡迎 bob 進入聊天室\r\n")
            ming.says("/誰在")
            ming.hears("lobby 裡有 2 人：bob、小明\r\n")
            tutorial.leaves()
            assert tutorial.error is None
        ming.hears("bob 退出了聊天室\r\n")

"""What an internal DNS name does in production: the host that clients have hard-coded is ours.

TLS goes on as it is, with its certificate verified for that host. Python loads a module of this name at its start.
"""

import os
import socket

HOST = "commentanalyzer.googleapis.com"
_getaddrinfo, _connect = socket.getaddrinfo, socket.socket.connect


def _ours():
    return "127.0.0.1", int(os.environ["OMBUDS_TLS_PORT"])


def getaddrinfo(host, port, *args, **kwargs):
    host, port = _ours() if host == HOST else (host, port)
    return _getaddrinfo(host, port, *args, **kwargs)


def connect(self, address):
    # httplib2 hands the name to the socket.
    is_name = isinstance(address, tuple) and address[0] == HOST
    return _connect(self, _ours() if is_name else address)


socket.getaddrinfo, socket.socket.connect = getaddrinfo, connect

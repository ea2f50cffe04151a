"""What an internal DNS name does in production: the host that clients have hard-coded is ours.

TLS goes on as it is, with its certificate verified for that host. Python loads a module of this name at its start.
"""

import os
import socket

HOST = "commentanalyzer.googleapis.com"
_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host, port, *args, **kwargs):
    if host == HOST and os.environ.get("OMBUDS_TLS_PORT"):
        host, port = "127.0.0.1", int(os.environ["OMBUDS_TLS_PORT"])
    return _getaddrinfo(host, port, *args, **kwargs)


socket.getaddrinfo = getaddrinfo

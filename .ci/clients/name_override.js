// What an internal DNS name does in production: the host that clients have hard-coded is ours. TLS goes on as it
// is, with its certificate verified for that host. Loaded with `node -r`.
"use strict";
const tls = require("tls");

const HOST = "commentanalyzer.googleapis.com";
const connect = tls.connect;

tls.connect = function (options, ...rest) {
  if (options && options.host === HOST) {
    const port = Number(process.env.OMBUDS_TLS_PORT);
    options = { ...options, host: "127.0.0.1", port, servername: HOST };
  }
  return connect.call(this, options, ...rest);
};

// Loaded into Node.js applications by NODE_OPTIONS: connections to names outside the machine lead to the scenario's stubs.
// Node.js has no proxy settings of its own before 22.21; this holds for fetch, http, https and all that stands on them, in any version.
'use strict';
const net = require('node:net');
const connect = net.Socket.prototype.connect;
const stubs = process.env.JAMBONZ_SIM_STUBS && new URL(process.env.JAMBONZ_SIM_STUBS);
const spared = (process.env.NO_PROXY || '').split(',').map((name) => name.trim().toLowerCase().replace(/^\*?\./, '')).filter(Boolean);

// Names without a dot are of the machine or of its containers.
function isOutside(host) {
  const name = typeof host === 'string' ? host.toLowerCase() : '';
  return name.includes('.') && !net.isIP(name) && !spared.some((one) => name === one || name.endsWith(`.${one}`));
}

function turned(options) {
  if (!options || options.path || !isOutside(options.host)) return options;
  return { ...options, host: stubs.hostname, port: Number(stubs.port), lookup: undefined, localAddress: undefined };
}

if (stubs) {
  net.Socket.prototype.connect = function (...args) {
    const [first, second] = args;
    if (Array.isArray(first)) first[0] = turned(first[0]); // what net.connect and tls.connect pass on
    else if (first && typeof first === 'object') args[0] = turned(first);
    else if (isOutside(second)) args.splice(0, 2, Number(stubs.port), stubs.hostname);
    return connect.apply(this, args);
  };
}

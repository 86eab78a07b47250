// An ES import of node:http looks at everything that it exports, a whole WebSocket client among it, and node:https brings
// TLS along: together half of the time that a command needs to start. So they are taken as they are, when they are needed.

/** Node's HTTP, and the HTTPS that only those load who ask for it. */
export const nodeClients = {
  get http() {
    return process.getBuiltinModule('node:http');
  },
  get https() {
    return process.getBuiltinModule('node:https');
  },
  get tls() {
    return process.getBuiltinModule('node:tls');
  },
};

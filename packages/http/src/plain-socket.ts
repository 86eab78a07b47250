import net, { type Socket } from 'node:net';
import { trustedAuthorities } from './agents.ts';
import { nodeClients } from './node-clients.ts';

/** What reads from a socket into memory of its own, past the machinery of streams and its new buffer for each read. */
export interface SocketReader {
  /** Asked before each read: where it goes. */
  readonly buffer: () => Uint8Array;
  /**
   * Called after each read. False: read no more before `resume` is called, though what TLS has decrypted already still
   * comes.
   */
  readonly callback: (bytes: number, buffer: Uint8Array) => boolean;
}

/**
 * Opens a connection to the origin of a URL; returned before it stands. Its errors are told by its end: `close`.
 * @param ca PEM; trusted besides the usual authorities
 */
export function openSocket(url: URL, ca: string | undefined, onread: SocketReader): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  const to = { host, port: Number(url.port || (secure ? 443 : 80)), onread };
  const socket = secure ? openTls(to, ca) : net.connect(to);
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  return socket;
}

function openTls(to: { readonly host: string; readonly port: number; readonly onread: SocketReader }, ca?: string) {
  const server = net.isIP(to.host) === 0 ? { servername: to.host } : {};
  const trust = ca === undefined ? {} : { ca: trustedAuthorities(ca) };
  return nodeClients.tls.connect({ ...to, ...server, ...trust });
}

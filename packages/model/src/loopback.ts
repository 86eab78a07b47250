/**
 * Whether a URL's host name is this machine: then what is sent there in clear text nobody else can read.
 * @param hostname as `URL` has it, IPv6 in brackets
 */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

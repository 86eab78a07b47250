import { join } from 'node:path';
import { runForeign } from '../foreign.ts';

/** PEM files. The keys are made at run time and never leave their folder. */
export interface Certificates {
  /** Of the authority that signed the certificate. */
  readonly ca: string;
  /** For 127.0.0.1 and localhost. */
  readonly certificate: string;
  readonly key: string;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-x509', '-days', '2'];

/** Makes an authority that no client knows, and a certificate of it for a server on loopback. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  const [ca, caKey, certificate, key] = [file('ca.pem'), file('ca.key'), file('server.pem'), file('server.key')];
  await openssl(...newKey, '-keyout', caKey, '-out', ca, '-subj', '/CN=an authority of our own');
  const alternative = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  const names = ['-subj', '/CN=127.0.0.1', '-addext', alternative, '-addext', 'basicConstraints=critical,CA:FALSE'];
  await openssl(...newKey, '-CA', ca, '-CAkey', caKey, '-keyout', key, '-out', certificate, ...names);
  return { ca, certificate, key };
}

/** Makes a key with a certificate that it has signed itself, as token servers sign with. */
export async function makeSigningKey(folder: string): Promise<{ readonly certificate: string; readonly key: string }> {
  const [certificate, key] = [join(folder, 'tokens.pem'), join(folder, 'tokens.key')];
  await openssl(...newKey, '-keyout', key, '-out', certificate, '-subj', '/CN=tokens');
  return { certificate, key };
}

async function openssl(...args: readonly string[]): Promise<void> {
  await runForeign('openssl', ['req', ...args]);
}
